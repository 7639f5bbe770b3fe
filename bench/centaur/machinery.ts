/**
 * What the advisor's machinery costs: a study of 300 trials through a service, with a model that answers at once. An advised
 * ask is two turns, a prompt, a request and a reading more than another. Counted is processor time, so that a busy machine
 * does not count, less that of a bare request to the same model, which is this process too.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { stream } from '../../optimizers/rng.js'
import { draw, spaceNamed } from '../../search-spaces/index.js'
import { readConfig } from '../../src/config.js'
import { startService } from '../../src/service.js'
import { median, quantile } from '../../src/statistics/describe.js'
import { evaluate, landscape } from '../../trainer/landscape/index.js'
import { spaceName } from '../quality/run.js'
import { serveModel } from '../stand-in-model.js'
import type { Table } from '../subject.js'

const TRIALS = 300

export interface Machinery {
  readonly id: 'machinery'
  readonly trials: number
  readonly seconds: number
  /** Milliseconds of the processor for an ask: of the optimizer's trials, and of the advisor's. */
  readonly plain: Quantiles
  readonly advised: Quantiles
  /** What the median of the advised takes more. */
  readonly more: number
  /** Of a bare request to the model: the median, and taken off the advised. */
  readonly request: number
}

interface Quantiles {
  readonly asks: number
  readonly p50: number
  readonly p95: number
}

interface Answer {
  readonly trials: readonly {
    readonly number: number
    readonly params: Readonly<Record<string, unknown>>
    readonly lease: { readonly token: string }
    readonly proposal: { readonly requested?: string }
  }[]
}

type Post = <T>(url: string, payload: object) => Promise<T>

export async function measureMachinery(): Promise<Machinery> {
  const home = await mkdtemp(join(tmpdir(), 'chiron-bench-'))
  const [space, rng] = [spaceNamed(spaceName)!, stream(0)]
  const model = await serveModel(() => draw(space, rng.uniform))
  const config = readConfig({ CHIRON_DATA_DIR: home, OPENAI_BASE_URL: model.url, LOG_LEVEL: 'silent' })
  const service = await startService(config, pino({ level: 'silent' }))
  const post: Post = async <T>(url: string, payload: object) =>
    (await service.app.inject({ method: 'POST', url, payload })).json() as T
  try {
    await playStudy(post, 'warm') // a server that has just been started compiles as it goes
    const { asks, seconds } = await playStudy(post, 'counted')
    const [call] = await service.database.query<{ request: object }>('select request from llm_calls limit 1')
    const request = await bareRequest(model.url, call!.request)
    const of = (whose: boolean) =>
      quantiles(asks.flatMap(({ ms, advised }) => (advised === whose ? [ms - (whose ? request : 0)] : [])))
    const [plain, advised] = [of(false), of(true)]
    return {
      id: 'machinery',
      trials: TRIALS,
      seconds,
      plain,
      advised,
      more: advised.p50 - plain.p50,
      request,
    }
  } finally {
    await service.close()
    await model.close()
    await rm(home, { recursive: true, force: true })
  }
}

async function playStudy(post: Post, name: string) {
  await post('/studies', {
    name,
    space: spaceName,
    objective: { metric: 'val_bpb' },
    method: {
      optimizer: { kind: 'cma-es' },
      advisor: { kind: 'llm', model: 'openai-compatible:instant', onFailure: 'optimizer' },
    },
    budget: { trials: TRIALS },
  })
  const asks: { ms: number; advised: boolean }[] = []
  const begun = performance.now()
  for (let ended = 0; ended < TRIALS; ended++) {
    const before = process.cpuUsage()
    const { trials } = await post<Answer>(`/studies/${name}/ask`, { worker: 'w', wait: 60 })
    const { user, system } = process.cpuUsage(before)
    const { number, params, lease, proposal } = trials[0]!
    asks.push({ ms: (user + system) / 1000, advised: proposal.requested !== undefined })
    const run = evaluate(landscape(), params, { seed: number })
    const value = run.outcome === 'complete' ? { value: run.valBpb } : {}
    await post(`/studies/${name}/trials/${number}/tell`, {
      token: lease.token,
      outcome: run.outcome,
      ...value,
    })
  }
  return { asks, seconds: (performance.now() - begun) / 1000 }
}

export function machineryTable({ trials, seconds, plain, advised, more, request }: Machinery): Table {
  const row = (what: string, { asks, p50, p95 }: Quantiles) => [
    what,
    String(asks),
    p50.toFixed(1),
    p95.toFixed(1),
  ]
  return {
    title: 'centaur: what the machinery costs',
    columns: ['ask for', 'asks', 'p50 ms of the processor', 'p95'],
    rows: [row('the optimizer’s trials', plain), row('the advisor’s, less the request', advised)],
    notes: [
      `An advised ask takes ${more.toFixed(1)} ms more. ${trials} trials of cma-es with a model on 30 % of them that answers at once, on PGlite, one worker, the second study of its server: ${seconds.toFixed(1)} s in all. A bare request to the model takes ${request.toFixed(1)} ms of the processor, both ends together.`,
    ],
  }
}

const REQUESTS = 100

async function bareRequest(url: string, body: object): Promise<number> {
  const each: number[] = []
  for (let i = 0; i < REQUESTS; i++) {
    const before = process.cpuUsage()
    const answer = await fetch(`${url}/chat/completions`, { method: 'POST', body: JSON.stringify(body) })
    await answer.json()
    const { user, system } = process.cpuUsage(before)
    each.push((user + system) / 1000)
  }
  return median(each)
}

function quantiles(values: readonly number[]): Quantiles {
  return { asks: values.length, p50: median(values), p95: quantile(values, 0.95) }
}
