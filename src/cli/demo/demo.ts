/**
 * `chiron demo`: starts a service and runs an experiment on a simulated H200, where 24 hours of training take seconds: the
 * recommended method, two optimizers alone, and Centaur with each of its controls, three seeds each.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
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
  /** Undefined: where somebody sits at a terminal. */
  readonly keep?: boolean
  readonly report?: string
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
  { model, keep: wanted, report }: DemoOptions,
  { hours, seeds }: DemoLength,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const keep = wanted ?? process.stdout.isTTY === true
  const config = readConfig({
    ...env,
    DATABASE_URL: undefined,
    CHIRON_TOKEN: undefined,
    HOST: undefined,
    CHIRON_DATA_DIR: home,
    PORT: wanted ? env.PORT : '0',
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
    const api = openServiceClient(url, undefined)
    const name = await compareArms(api, arms, { hours, seeds }, signal)
    const file = resolve(report ?? join(tmpdir(), 'chiron-demo.html'))
    await writeReport(api, name, file)
    if (keep) await keepUntil(signal, `${url}/#/experiments/${name}`)
    else
      console.log(
        '`npm run demo -- --keep` keeps the service with its page running; `npm start` starts your own service.',
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
): Promise<string> {
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
  return name
}

async function writeReport(api: ServiceClient, experiment: string, file: string): Promise<void> {
  const body = await api.download(`/experiments/${experiment}/report`)
  await writeFile(file, await text(Readable.fromWeb(body as never)))
  console.log(`\nreport: ${file}`)
}

/** A cell of gp is computed in a thread of its own, and the others in the server's. */
const CELLS_AT_A_TIME = 4

function keepUntil(signal: AbortSignal, page: string): Promise<void> {
  console.log(`page:   ${page}\nThe service keeps running. Ctrl-C ends it, and removes its data.`)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function readNumber(option: string, text: string, low: number, high: number): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= low && value <= high) return value
  throw new Fault('invalid_request', `${option} ${text}: expected a number from ${low} to ${high}`)
}
