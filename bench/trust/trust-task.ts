/** A task that trains in a fraction of a second, so that many cheats can be tried on it: symbols, predicted by counts. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessProfile } from '../../src/dispatch/profiles/process-profile.js'
import { findTrainers } from '../../src/dispatch/profiles/profiles.js'
import { makeEnvironment } from '../../src/dispatch/profiles/python-environment.js'
import { baselineOf } from '../../src/dispatch/programs/baseline.js'
import type { ProgramFiles } from '../../src/domain/program.js'
import { fromRoot } from '../../src/root.js'

export const SOURCE = fromRoot('bench/trust/task')

export function trustEnvironment(): Promise<string> {
  return makeEnvironment('trust', join(SOURCE, 'requirements.txt'), console.log)
}

export interface TrustTask {
  readonly profile: ProcessProfile
  readonly baseline: ProgramFiles
  /** Holds the task's own folder and its data. */
  readonly folder: string
  remove(): Promise<void>
}

const PROFILE = {
  name: 'pairs',
  description: 'Predicts symbols by counting pairs.',
  kind: 'process',
  space: { parameters: { SMOOTHING: { type: 'float', low: 0.01, high: 100, log: true, default: 20 } } },
  folder: '.',
  files: ['train.py', 'model.py'],
  command: [
    '{python}',
    '{launch}',
    'train.py',
    '--data',
    '{data}',
    '--seconds',
    '{seconds}',
    '--seed',
    '{seed}',
  ],
  params: { by: 'constants', file: 'train.py' },
  editable: ['train.py', 'model.py'],
  scorer: ['{python}', '{home}/score.py', '--data', '{data}', '--out', '{out}'],
  readable: ['{data}/train.bin'],
  surface: { 'model.py': { requires: ['build'] } },
  range: { low: 1, high: 8 },
  budgetSeconds: 1,
  wallSeconds: 6,
  graceSeconds: 60,
  stopSeconds: 1,
  memoryLimitGb: 1,
  diskMegabytes: 40,
  devices: { kind: 'cpu' },
}

/** Each task has its own copy of the files: unconfined cheats may overwrite them. */
export async function makeTrustTask(python: string): Promise<TrustTask> {
  const folder = await mkdtemp(join(tmpdir(), 'chiron-trust-'))
  const home = join(folder, 'task')
  await cp(SOURCE, home, { recursive: true })
  await writeFile(join(home, 'pairs.json'), JSON.stringify(PROFILE))
  const data = join(folder, 'trainers', 'pairs')
  await mkdir(data, { recursive: true })
  await writeFile(join(data, 'train.bin'), symbols(200_000, 1))
  await writeFile(join(data, 'val.bin'), symbols(65 * 32 * 8, 2))
  const found = await findTrainers({ trainers: home, python, dataDir: folder, gpus: [] })
  const { trainer } = found.find(({ own }) => own)!
  const profile = trainer.profile as ProcessProfile
  const { files } = await baselineOf(profile)
  return { profile, baseline: files, folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Each symbol follows from the last one, and in half of the cases also from the one before. */
function symbols(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  const draw = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  for (let i = 2; i < length; i++) {
    const before = draw(2) === 0 ? 0 : 5 * bytes[i - 2]!
    bytes[i] = (3 * bytes[i - 1]! + before + draw(4)) % 32
  }
  return bytes
}
