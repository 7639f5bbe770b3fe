/** Loads: workers that ask and tell as fast as they are answered, and what it took. */
import { type Client, client } from './client.js'

export interface Load {
  readonly workers: number
  readonly studies: number
  readonly seconds: number
}

export interface Measured {
  readonly pairs: number
  readonly pairsPerSecond: number
  readonly ask: Quantiles
  readonly tell: Quantiles
}

export interface Quantiles {
  readonly p50: number
  readonly p99: number
}

export const SPEC = { space: 'autoresearch-14', method: 'random', objective: { metric: 'val_bpb' } }

interface Asked {
  readonly trials: { readonly number: number; readonly lease: { readonly token: string } }[]
}

/** Each worker is bound to one study; the first second warms up and is not counted. */
export async function measure(url: string, load: Load, label: string): Promise<Measured> {
  const http = client(url, load.workers)
  const names = Array.from({ length: load.studies }, (_, i) => `${label}-${i}`)
  for (const name of names) await http.post('/studies', { ...SPEC, name })
  await run(http, names, { ...load, seconds: 1 })
  const measured = await run(http, names, load)
  http.close()
  return measured
}

async function run(http: Client, names: readonly string[], { workers, seconds }: Load): Promise<Measured> {
  const ask: number[] = []
  const tell: number[] = []
  const begun = performance.now()
  const until = begun + seconds * 1000
  const work = async (worker: number) => {
    const path = `/studies/${names[worker % names.length]}`
    while (performance.now() < until) {
      const asked = performance.now()
      const { trials } = await http.post<Asked>(`${path}/ask`, { worker: `w${worker}` })
      const given = performance.now()
      const { number, lease } = trials[0]!
      const value = 1 + Math.sin(number)
      await http.post(`${path}/trials/${number}/tell`, {
        token: lease.token,
        outcome: 'complete',
        value,
        trainSeconds: 300,
      })
      ask.push(given - asked)
      tell.push(performance.now() - given)
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, w) => work(w)))
  const took = (performance.now() - begun) / 1000
  return { pairs: ask.length, pairsPerSecond: ask.length / took, ask: quantiles(ask), tell: quantiles(tell) }
}

export function quantiles(values: number[]): Quantiles {
  const sorted = values.sort((a, b) => a - b)
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

/** Fills a study with finished trials, as an import of an old history does. */
export async function fill(
  url: string,
  study: string,
  from: number,
  to: number,
  onProgress: (n: number) => void,
): Promise<void> {
  const connections = 64
  const http = client(url, connections)
  let next = from
  const work = async () => {
    while (next < to) {
      const i = next++
      await http.post(`/studies/${study}/trials`, {
        params: configuration(i),
        outcome: 'complete',
        value: 1 + 1 / (1 + i),
      })
      if (i % 1000 === 0) onProgress(i)
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  http.close()
}

/** Distinct configurations of autoresearch-14. */
function configuration(i: number) {
  return {
    DEPTH: 4 + (i % 21),
    ASPECT_RATIO: 32 + (i % 97),
    HEAD_DIM: 64,
    DEVICE_BATCH_SIZE: 32,
    TOTAL_BATCH_SIZE: 524_288,
    EMBEDDING_LR: 0.01 + (i % 10_000) / 10_000,
    UNEMBEDDING_LR: 0.004,
    MATRIX_LR: 0.04,
    SCALAR_LR: 0.5,
    WEIGHT_DECAY: (i % 101) / 202,
    WARMUP_RATIO: 0,
    WARMDOWN_RATIO: 0.5,
    FINAL_LR_FRAC: 0,
    WINDOW_PATTERN: 'SSSL',
  }
}
