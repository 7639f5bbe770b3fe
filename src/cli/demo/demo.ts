/**
 * `chiron demo`: starts a service and runs an experiment on a simulated H200, where 24 hours of training take seconds: the
 * recommended method, two optimizers alone, and Centaur with each of its controls, three seeds each.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pc from 'picocolors'
import pino from 'pino'
import { readConfig } from '../../config.js'
import { openServiceClient, type ServiceClient } from '../../dispatch/clients/service-client.js'
import { Fault } from '../../faults.js'
import { startService } from '../../service.js'
import { followUntilEnded, printAnalysis } from '../experiment/follow-experiment.js'
import { INTERRUPTED, listenForInterrupt } from '../interrupt.js'
import { type Arm, armsOf } from './arms.js'

export interface DemoOptions {
  readonly hours: string
  readonly seed: string
  readonly model?: string
  readonly keep?: boolean
}

interface DemoLength {
  readonly hours: number
  readonly seeds: readonly number[]
}

const SEEDS = 3

export async function runDemo(options: DemoOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const first = readNumber('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER - SEEDS)
  const length = {
    hours: readNumber('--hours', options.hours, 0.5, 240),
    seeds: Array.from({ length: SEEDS }, (_, i) => first + i),
  }
  const { signal, release } = listenForInterrupt()
  const home = await mkdtemp(join(tmpdir(), 'chiron-demo-'))
  try {
    await searchWithOwnService(home, options, length, env, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    console.log('\nStopped.')
    process.exitCode = INTERRUPTED
  } finally {
    await rm(home, { recursive: true, force: true })
    release()
  }
}

async function searchWithOwnService(
  home: string,
  { model, keep }: DemoOptions,
  { hours, seeds }: DemoLength,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const config = readConfig({
    ...env,
    DATABASE_URL: undefined,
    CHIRON_TOKEN: undefined,
    HOST: undefined,
    CHIRON_DATA_DIR: home,
    PORT: keep ? env.PORT : '0',
    LOG_LEVEL: 'warn',
  })
  const arms = await armsOf(config, model)
  console.log(
    `Starting a service on an embedded database, and an experiment: ${arms.length} methods × ${seeds.length} seeds, ${hours} simulated hours of training each.`,
  )
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  signal.addEventListener('abort', () => void service.close(), { once: true })
  try {
    signal.throwIfAborted()
    const url = await service.app.listen({ host: config.host, port: config.port })
    await compareArms(openServiceClient(url, undefined), arms, { hours, seeds }, signal)
    if (keep) await keepUntil(signal, url)
    else
      console.log(
        '\n`npm run demo -- --keep` keeps the service running afterwards; `npm start` starts your own service.',
      )
  } finally {
    await service.close()
  }
}

/** The results of arXiv 2603.24647 after 24 hours on an H200. */
const PUBLISHED =
  'published after 24 h on a real H200, best observed: random 0.9873, CMA-ES 0.9785, TPE 0.9768, Centaur 0.9739'

async function compareArms(
  api: ServiceClient,
  arms: readonly Arm[],
  { hours, seeds }: DemoLength,
  signal: AbortSignal,
): Promise<void> {
  const { name } = await api.post<{ name: string }>('/experiments', {
    name: 'demo',
    study: {
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb', direction: 'minimize' },
      trainer: 'simulated-h200',
      budget: { trainSeconds: hours * 3600, trialSeconds: 300 },
    },
    arms,
    seeds,
    baseline: 'cma-es',
    parallel: CELLS_AT_A_TIME,
  })
  const ended = await followUntilEnded(api, name, signal)
  signal.throwIfAborted()
  await printAnalysis(api, ended!)
  console.log(pc.dim(`(${PUBLISHED})`))
}

/** A cell of gp is computed in a thread of its own, and the others in the server's. */
const CELLS_AT_A_TIME = 4

function keepUntil(signal: AbortSignal, url: string): Promise<void> {
  console.log(
    `\nThe service keeps running: ${url}/#/experiments/demo shows the experiment, ${url}/docs describes the API. Ctrl-C stops it.`,
  )
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function readNumber(option: string, text: string, low: number, high: number): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= low && value <= high) return value
  throw new Fault('invalid_request', `${option} ${text}: expected a number from ${low} to ${high}`)
}
