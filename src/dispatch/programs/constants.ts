/** Sets the ALL_CAPS constants of a Python script (trainer/constants.py). */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Params } from '../../../search-spaces/index.js'
import { fromRoot } from '../../root.js'

export async function setConstants(script: string, paramsFile: string): Promise<void> {
  await promisify(execFile)('python3', [fromRoot('trainer/constants.py'), 'set', script, paramsFile])
}

export async function setConstantsIn(source: string, params: Params): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chiron-constants-'))
  try {
    const [script, paramsFile] = [join(folder, 'program.py'), join(folder, 'params.json')]
    await Promise.all([writeFile(script, source), writeFile(paramsFile, JSON.stringify(params))])
    await setConstants(script, paramsFile)
    return await readFile(script, 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
