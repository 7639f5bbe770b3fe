/** Looks at everything that the service and its trainers need, and says what to do where something is missing. */
import { execFile } from 'node:child_process'
import { freemem, totalmem } from 'node:os'
import { promisify } from 'node:util'
import pc from 'picocolors'
import { readConfig } from '../config.js'
import { findGpus, type Gpu } from '../dispatch/devices/gpus.js'
import type { ProcessProfile } from '../dispatch/profiles/process-profile.js'
import { findTrainers } from '../dispatch/profiles/profiles.js'
import { openDatabase } from '../storage/open.js'

export interface Finding {
  readonly what: string
  /** `note`: something is not there that not everybody needs. */
  readonly is: 'fine' | 'note' | 'wrong'
  readonly says: string
  readonly todo?: string
}

const NODE = [20, 19]
const LITTLE_GB = 2
const QUERY_MS = 60_000

/** Prints what it finds; true where nothing is wrong. */
export async function doctor(env: NodeJS.ProcessEnv): Promise<boolean> {
  const findings = await examine(env)
  const marks = { fine: pc.green('✓'), note: pc.yellow('–'), wrong: pc.red('✗') }
  for (const { what, is, says, todo } of findings) {
    console.log(`${marks[is]} ${what.padEnd(12)} ${says}`)
    if (todo !== undefined) console.log(`  ${''.padEnd(12)} ${pc.dim(`→ ${todo}`)}`)
  }
  return findings.every(({ is }) => is !== 'wrong')
}

export async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const config = readConfig(env)
  const gpus = await findGpus()
  return [
    node(process.versions.node),
    await database(config),
    memory(),
    ...(await gpuFindings(gpus)),
    await python(config.python),
    ...(await trainerFindings({ ...config, gpus })),
    await ray(config.ray),
    ...keys(env),
  ]
}

export function node(version: string): Finding {
  const [major, minor] = version.split('.').map(Number)
  const newEnough = major! > NODE[0]! || (major === NODE[0] && minor! >= NODE[1]!)
  if (newEnough) return { what: 'Node', is: 'fine', says: version }
  return {
    what: 'Node',
    is: 'wrong',
    says: `${version} is too old`,
    todo: `install Node ${NODE.join('.')} or newer`,
  }
}

async function database(config: ReturnType<typeof readConfig>): Promise<Finding> {
  const where = config.databaseUrl === undefined ? `PGlite in ${config.dataDir}` : 'Postgres'
  try {
    const opened = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir, pool: 2 })
    await opened.query('select 1')
    await opened.close()
    return { what: 'database', is: 'fine', says: `${where} answers` }
  } catch (error) {
    const says = (error as Error).message
    if (says.includes('Another process uses'))
      return { what: 'database', is: 'fine', says: `${where} is in use by a service` }
    return {
      what: 'database',
      is: 'wrong',
      says,
      todo: 'correct DATABASE_URL, or leave it out for the embedded database',
    }
  }
}

function memory(): Finding {
  const [free, all] = [freemem() / 1e9, totalmem() / 1e9]
  const says = `${free.toFixed(1)} of ${all.toFixed(1)} GB are free`
  if (free >= LITTLE_GB) return { what: 'memory', is: 'fine', says }
  return {
    what: 'memory',
    is: 'note',
    says,
    todo: 'end what uses it, or let fewer trials run at a time (CHIRON_CPU_SLOTS)',
  }
}

async function gpuFindings(gpus: readonly Gpu[]): Promise<Finding[]> {
  if (gpus.length === 0)
    return [
      {
        what: 'GPUs',
        is: 'note',
        says: 'nvidia-smi finds none',
        todo: 'gpt-h200 and gpt-24gb need one; gpt-cpu and the simulated trainers do not',
      },
    ]
  const { stdout } = await promisify(execFile)('nvidia-smi', [
    '--query-gpu=memory.free',
    '--format=csv,noheader,nounits',
  ])
  const free = stdout
    .trim()
    .split('\n')
    .map((mib) => (Number(mib) * 2 ** 20) / 1e9)
  return gpus.map((gpu, i) => {
    const says = `${gpu.name}, driver ${gpu.driver}: ${free[i]!.toFixed(1)} of ${gpu.memoryGb.toFixed(1)} GB are free`
    if (free[i]! > 0.9 * gpu.memoryGb) return { what: `GPU ${gpu.index}`, is: 'fine', says }
    return { what: `GPU ${gpu.index}`, is: 'note', says, todo: 'nvidia-smi names the processes that hold it' }
  })
}

async function python(given: string | undefined): Promise<Finding> {
  const program = given ?? 'python3'
  const version = await promisify(execFile)(program, ['--version'], { timeout: QUERY_MS }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
  if (version !== undefined) return { what: 'Python', is: 'fine', says: `${version} (${program})` }
  const todo =
    given === undefined
      ? 'install Python 3.10 or newer with venv: trainers in Python need it'
      : 'correct CHIRON_PYTHON'
  return { what: 'Python', is: given === undefined ? 'note' : 'wrong', says: `${program} is not there`, todo }
}

/** Of each trainer that is a command: can it run, and does its torch see the card? */
async function trainerFindings(grounds: Parameters<typeof findTrainers>[0]): Promise<Finding[]> {
  const found = await findTrainers(grounds)
  return Promise.all(
    found.flatMap(({ trainer: { profile, unavailable }, own }) =>
      profile.kind === 'process'
        ? [unavailable === undefined ? torch(profile) : cannotRun(profile, unavailable, own, grounds.gpus)]
        : [],
    ),
  )
}

function cannotRun(
  { name, devices, prepare }: ProcessProfile,
  says: string,
  own: boolean,
  gpus: readonly Gpu[],
): Finding {
  const lacksCard = devices.kind === 'cuda' && gpus.length < devices.perTrial
  const todo = lacksCard ? 'it needs a GPU' : prepare ? `run: chiron prepare ${name}` : 'correct its profile'
  return { what: name, is: own ? 'wrong' : 'note', says, todo }
}

async function torch({ name, places, devices }: ProcessProfile): Promise<Finding> {
  const ask = 'import torch; print(torch.__version__, torch.cuda.is_available())'
  const answer = await promisify(execFile)(places.python, ['-c', ask], { timeout: QUERY_MS }).then(
    ({ stdout }) => stdout.trim().split(' '),
    () => undefined,
  )
  if (answer === undefined) return { what: name, is: 'fine', says: `can run (${places.python} has no torch)` }
  const [version, cuda] = answer
  if (devices.kind === 'cuda' && cuda !== 'True')
    return {
      what: name,
      is: 'wrong',
      says: `torch ${version} sees no GPU`,
      todo: 'install a build of torch for CUDA into the environment, or set CHIRON_PYTHON',
    }
  return { what: name, is: 'fine', says: `can run: torch ${version}, data in ${places.data}` }
}

async function ray(address: string | undefined): Promise<Finding> {
  if (address === undefined)
    return {
      what: 'Ray',
      is: 'note',
      says: 'RAY_ADDRESS is not set',
      todo: 'only trainers whose engine is ray need it',
    }
  const answer = await fetch(`${address.replace(/\/$/, '')}/api/version`, {
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined)
  if (answer?.ok)
    return {
      what: 'Ray',
      is: 'fine',
      says: `${((await answer.json()) as { ray_version: string }).ray_version} at ${address}`,
    }
  return {
    what: 'Ray',
    is: 'wrong',
    says: `nothing answers at ${address}`,
    todo: 'it is the address of the dashboard, as http://head:8265',
  }
}

/** Whether they are set; what they are stays unsaid. */
function keys(env: NodeJS.ProcessEnv): Finding[] {
  return ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'].map((name) =>
    env[name]
      ? { what: 'LLM', is: 'fine', says: `${name} is set` }
      : {
          what: 'LLM',
          is: 'note',
          says: `${name} is not set`,
          todo: 'only methods whose advisor is a language model need one',
        },
  )
}
