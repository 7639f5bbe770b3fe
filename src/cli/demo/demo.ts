/**
 * `chiron demo`: starts a service and runs five studies on a simulated H200, where 24 hours of training take seconds:
 * cma-es alone, with an advisor, and with each control. The workers use the HTTP API as any worker does.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { readConfig } from '../../config.js'
import { openServiceClient, type ServiceClient } from '../../dispatch/clients/service-client.js'
import { Fault } from '../../faults.js'
import { startService } from '../../service.js'
import { INTERRUPTED, listenForInterrupt } from '../interrupt.js'
import { Progress } from '../progress.js'
import { type Arm, armsOf } from './arms.js'
import { printSummaries } from './print-summaries.js'
import { runArm, type SearchLength } from './run-arm.js'

export interface DemoOptions {
  readonly hours: string
  readonly seed: string
  readonly model?: string
  readonly keep?: boolean
}

export async function runDemo(options: DemoOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const length = {
    hours: readNumber('--hours', options.hours, 0.1, 240),
    seed: readNumber('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER),
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
  { hours, seed }: SearchLength,
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
    `Starting a service on an embedded database, and ${arms.length} studies of ${hours} simulated hours each.`,
  )
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  signal.addEventListener('abort', () => void service.close(), { once: true })
  try {
    signal.throwIfAborted()
    const url = await service.app.listen({ host: config.host, port: config.port })
    await searchAll(openServiceClient(url, undefined), arms, { hours, seed })
    if (keep) await keepUntil(signal, url)
    else
      console.log(
        '\n`npm run demo -- --keep` keeps the service running afterwards; `npm start` starts your own service.',
      )
  } finally {
    await service.close()
  }
}

async function searchAll(api: ServiceClient, arms: readonly Arm[], length: SearchLength): Promise<void> {
  const progress = new Progress()
  await Promise.all(arms.map((arm) => runArm(api, arm, length, progress)))
  progress.end()
  await printSummaries(api, arms)
}

function keepUntil(signal: AbortSignal, url: string): Promise<void> {
  console.log(`\nThe service keeps running at ${url} (API documentation: ${url}/docs); Ctrl-C stops it.`)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function readNumber(option: string, text: string, low: number, high: number): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= low && value <= high) return value
  throw new Fault('invalid_request', `${option} ${text}: expected a number from ${low} to ${high}`)
}
