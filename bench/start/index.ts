/**
 * `start`: from nothing to a first result in Python, by the two commands and the 12 lines of the README. A clone in an empty folder,
 * with empty caches of npm and pip; then the same program in another empty folder, where everything is installed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromRoot } from '../../src/root.js'
import type { Bench, Measurement, Subject, Table } from '../subject.js'

export const start: Subject = {
  name: 'start',
  about:
    'from an empty folder to the first incumbent in Python, by the commands and the program of the README',
  measure,
}

interface Step {
  readonly step: string
  readonly seconds: number
}

/** The first result of an installed service is to be there after so many seconds. */
const LIMIT = 60
const PROGRAM = 'examples/python/first.py'

async function measure({ say }: Bench): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'chiron-start-'))
  try {
    const steps = await measureIn(folder, say)
    return { tables: [tableOf(steps)], pictures: {}, versions: {}, missing: [], rows: steps, raw: steps }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function measureIn(folder: string, say: (line: string) => void): Promise<Step[]> {
  const clone = join(folder, 'chiron')
  const environment = {
    PATH: `${join(folder, 'venv', 'bin')}:${process.env.PATH}`,
    npm_config_cache: join(folder, 'npm'),
    PIP_NO_CACHE_DIR: '1',
    CHIRON_HOME: clone,
    ...Object.fromEntries(
      ['HOME', 'LANG'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
  }
  const run = (cwd: string, command: string, ...args: string[]) =>
    ended(spawned(cwd, environment, command, args))
  say('start: clones, and makes a Python environment')
  await run(folder, 'git', 'clone', '--quiet', fromRoot('.'), clone)
  await run(folder, 'python3', '-m', 'venv', 'venv')
  say('start: pip install ./clients/python')
  const install = await timed(() => run(clone, 'pip', 'install', '--quiet', './clients/python'))
  say(`start: python ${PROGRAM}, which installs the service`)
  const first = await timeProgram(clone, clone, environment)
  say(`start: python ${PROGRAM} in another folder`)
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  const second = await timeProgram(clone, elsewhere, environment)
  return [
    { step: 'pip install ./clients/python', seconds: install },
    {
      step: `python ${PROGRAM}, which installs and builds the service: first incumbent`,
      seconds: first.incumbent,
    },
    { step: 'the same: end, after 20 trials', seconds: first.end },
    {
      step: `python ${PROGRAM} in an empty folder, all installed: first incumbent`,
      seconds: second.incumbent,
    },
    { step: 'the same: end, after 20 trials', seconds: second.end },
  ]
}

/** The program of the README, on a free port, with one line more that says when a trial is told. */
async function timeProgram(clone: string, cwd: string, environment: NodeJS.ProcessEnv) {
  const text = readFileSync(join(clone, PROGRAM), 'utf8')
    .replace('chiron.serve()', 'chiron.serve(port=0)')
    .replace('\n\nprint(', '\n    print("told", flush=True)\n\nprint(')
  writeFileSync(join(cwd, 'timed.py'), text)
  const begun = performance.now()
  const child = spawned(cwd, environment, 'python', ['timed.py'])
  const told = once(child.stdout!, 'data').then(() => since(begun))
  await ended(child)
  return { incumbent: await told, end: since(begun) }
}

function spawned(
  cwd: string,
  env: NodeJS.ProcessEnv,
  command: string,
  args: readonly string[],
): ChildProcess {
  return spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
}

async function ended(child: ChildProcess): Promise<void> {
  child.stdout!.resume()
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return since(begun)
}

function since(begun: number): number {
  return (performance.now() - begun) / 1000
}

function tableOf(steps: readonly Step[]): Table {
  const installed = steps.at(-2)!.seconds
  return {
    title: 'start: from an empty folder to the first incumbent',
    columns: ['step', 'seconds'],
    rows: steps.map(({ step, seconds }) => [step, seconds.toFixed(1)]),
    notes: [
      `Once it is installed the first incumbent is to be there within ${LIMIT} s: ${installed < LIMIT ? 'it is' : 'it is not'}.`,
      'Caches of npm and pip are empty; what packages take to arrive depends on the connection.',
    ],
  }
}
