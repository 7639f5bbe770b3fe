/** The experiment of `structure`, through a service in a folder of its own that stays: an interrupted bench goes on where it was. */
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { promisify } from 'node:util'
import { fromRoot } from '../../src/root.js'
import { fingerprint, fingerprintOf } from '../cache.js'
import { type Ended, openService, type Plan } from '../experiments/run-experiment.js'
import { serveEditor } from './editor.js'

export interface Size {
  /** Seconds of training of each cell, as they are charged. */
  readonly trainSeconds: number
  readonly seeds: number
}

const TASK = 'gpt-cpu'
const MODEL = 'openai-compatible:scripted-editor'
const SHARE = 0.3

/** gp alone is the optimizer of an agent whose turn never comes: its trials pass through the same sandbox and scorer. */
export const ARMS = [
  { name: 'gp', method: { optimizer: { kind: 'gp' }, agent: { control: 'no-op', share: 0 } } },
  { name: 'editor', method: { agent: { model: MODEL } } },
  { name: 'both', method: { optimizer: { kind: 'gp' }, agent: { model: MODEL, share: SHARE } } },
  { name: 'no-op', method: { agent: { control: 'no-op' } } },
  { name: 'constants-only', method: { agent: { control: 'constants-only' } } },
] satisfies Plan['arms']

/** Three contrasts: more of them could show nothing with six seeds after Holm's correction. */
const CONTRASTS = [
  { arm: 'both', baseline: 'gp' },
  { arm: 'both', baseline: 'editor' },
  { arm: 'editor', baseline: 'constants-only' },
]

function planOf({ trainSeconds, seeds }: Size, parallel: number): Plan {
  return {
    name: 'structure',
    study: {
      trainer: TASK,
      objective: { metric: 'val_bpb', direction: 'minimize' },
      budget: { trainSeconds },
    },
    arms: ARMS,
    seeds,
    contrasts: CONTRASTS,
    endpoint: { of: 'recommended', repetitions: 3 },
    looks: [seeds],
    parallel,
  }
}

/** `resume`: what an earlier run of the same sources and size left is kept. */
export async function runStructure(
  size: Size,
  {
    resume,
    processes,
    say,
  }: { readonly resume: boolean; readonly processes: number; say(line: string): void },
): Promise<Ended> {
  const folder = fromRoot(`bench/.cache/structure-${fingerprintOf(keyOf(size))}`)
  if (!resume) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  say(`structure: ${TASK} is prepared`)
  await promisify(execFile)(process.execPath, [fromRoot('bin/chiron.mjs'), 'prepare', TASK], {
    env: { ...process.env, CHIRON_DATA_DIR: folder },
  })
  const editor = await serveEditor()
  const service = await openService(say, {
    CHIRON_DATA_DIR: folder,
    CHIRON_CPU_SLOTS: String(processes),
    OPENAI_BASE_URL: `${editor.url}/v1`,
  })
  try {
    return await service.run(planOf(size, processes))
  } finally {
    await service.stop()
    await editor.close()
  }
}

/** What the figures depend on. */
export function keyOf(size: Size): string {
  return JSON.stringify({ size, code: fingerprint(SOURCES) })
}

const SOURCES = [
  'bench/structure',
  'trainer/profiles/gpt-cpu.json',
  'trainer/gpt',
  'src/agents',
  'optimizers',
]
