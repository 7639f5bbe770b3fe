/** The trainer's own tests, in Python (gpt_test.py and gpt_card_test.py), each as one of ours. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { gptEnvironment } from './environment.js'

const found = await gptEnvironment()

if ('lacks' in found) it.skip(`the GPT trainer: ${found.lacks}`, () => {})
else
  for (const script of ['gpt_test.py', 'gpt_card_test.py']) {
    const { verdicts, said } = await runTests(found.python, script)
    it(`${script} has tests`, () => expect(verdicts.length, said).toBeGreaterThan(0))
    it.each(verdicts)('$name', ({ verdict }) => expect(verdict, said).toBe('ok'))
  }

/** What unittest says of each, and all of it for whoever looks into a failure. */
async function runTests(python: string, name: string) {
  const script = fromRoot(`test/trainer/${name}`)
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' }
  const { stderr: said } = await promisify(execFile)(python, [script, '-v'], { env }).catch((error) => error)
  const lines = [...(said as string).matchAll(/^test_(\w+) \(\S+\) \.\.\. (.+)$/gm)]
  const verdicts = lines.map(([, name, verdict]) => ({ name: name!.replaceAll('_', ' '), verdict }))
  return { verdicts, said: said as string }
}
