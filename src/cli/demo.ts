/**
 * The whole of it on nothing but Node: a service, a search by each method on a simulated H200 (24 hours of training pass
 * in seconds), and workers that speak to the service by HTTP as yours would.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import pc from 'picocolors'
import pino from 'pino'
import { evaluate, landscape } from '../../trainer/landscape/index.js'
import { readConfig } from '../config.js'
import { Fault } from '../faults.js'
import { startService } from '../service.js'
import type { Asked } from '../trials/ask.js'
import { Progress } from './progress.js'

export interface DemoOptions {
  readonly hours: string
  readonly seed: string
  readonly keep?: boolean
}

const METHODS = ['random', 'tpe', 'cma-es']
/** What the reference's best published hybrid and plain TPE reached in 24 hours of an H200 (arXiv 2603.24647). */
const PUBLISHED =
  'published after 24 h on the real card: random 0.9873, CMA-ES 0.9785, TPE 0.9768, Centaur 0.9739'

export async function demo(options: DemoOptions): Promise<void> {
  const hours = amount('--hours', options.hours, 0.1, 240)
  const seed = amount('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER)
  const home = await mkdtemp(join(tmpdir(), 'chiron-demo-'))
  const config = readConfig({
    CHIRON_DATA_DIR: home,
    PORT: options.keep ? process.env.PORT : '0',
    LOG_LEVEL: 'warn',
  })
  console.log(
    `Starting a service on an embedded database, and ${METHODS.length} searches of ${hours} simulated hours each.`,
  )
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  const stop = async () => {
    await service.close()
    await rm(home, { recursive: true, force: true })
  }
  const interrupted = closeWithGrace({ delay: 10_000 }, stop)
  const url = await service.app.listen({ host: config.host, port: config.port })
  const progress = new Progress()
  await Promise.all(METHODS.map((method) => search(url, method, hours, seed, progress)))
  progress.end()
  await printSummaries(url)
  if (options.keep) {
    console.log(`\nThe service goes on at ${url}: look around at ${url}/docs; Ctrl-C ends it.`)
    return
  }
  console.log(
    '\nRun `npm run demo -- --keep` to look around afterwards, or `npm start` for a service of your own.',
  )
  interrupted.uninstall()
  await stop()
}

/** A worker, as yours would be: ask, train, tell, until the budget is spent. */
async function search(
  url: string,
  method: string,
  hours: number,
  seed: number,
  progress: Progress,
): Promise<void> {
  const study = `demo-${method}`
  await post(`${url}/studies`, {
    name: study,
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb', direction: 'minimize' },
    method,
    seed,
    budget: { trainSeconds: hours * 3600, trialSeconds: 300 },
  })
  const card = landscape()
  let best = Number.POSITIVE_INFINITY
  let spent = 0
  let outOfMemory = 0
  for (let trials = 1; ; trials++) {
    const { trials: given, reason } = await post<Asked>(`${url}/studies/${study}/ask`, { worker: 'gpu-0' })
    if (given.length === 0) {
      progress.done(method, reason?.message ?? 'done')
      return
    }
    const { number, params, lease } = given[0]!
    const run = evaluate(card, params, { seed: seed * 1_000_003 + number })
    await post(`${url}/studies/${study}/trials/${number}/tell`, {
      token: lease.token,
      outcome: run.outcome,
      trainSeconds: run.trainSeconds,
      peakMemoryMb: run.peakMemoryMb,
      ...(run.outcome === 'complete'
        ? { value: run.valBpb, tokensPerSecond: run.tokensPerSecond }
        : { message: run.message }),
    })
    spent += run.trainSeconds
    if (run.outcome === 'complete') best = Math.min(best, run.valBpb)
    if (run.outcome === 'oom') outOfMemory++
    progress.show(method, spent / (hours * 3600), [
      `${(spent / 3600).toFixed(1).padStart(5)} h`,
      `${String(trials).padStart(4)} trials`,
      `best ${best.toFixed(4)}`,
      `${((100 * outOfMemory) / trials).toFixed(1)} % out of memory`,
    ])
  }
}

interface Summary {
  readonly trials: { readonly complete: number; readonly failed: number }
  readonly oomRate: { readonly all: number | null }
  readonly preflightRefusals: number
  readonly incumbent?: { readonly number: number; readonly value: number }
}

async function printSummaries(url: string): Promise<void> {
  console.log(
    `\n${pc.bold('method    trials   best val_bpb   at trial   out of memory   refused before they ran')}`,
  )
  for (const method of METHODS) {
    const s = (await (await fetch(`${url}/studies/demo-${method}/summary`)).json()) as Summary
    const cells = [
      method.padEnd(8),
      String(s.trials.complete + s.trials.failed).padStart(7),
      (s.incumbent?.value.toFixed(4) ?? '-').padStart(14),
      String(s.incumbent?.number ?? '-').padStart(10),
      `${(100 * (s.oomRate.all ?? 0)).toFixed(1)} %`.padStart(15),
      String(s.preflightRefusals).padStart(25),
    ]
    console.log(cells.join(' '))
  }
  console.log(pc.dim(`(${PUBLISHED})`))
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

function amount(option: string, text: string, low: number, high: number): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= low && value <= high) return value
  throw new Fault('invalid_request', `${option} ${text}: expected a number from ${low} to ${high}`)
}
