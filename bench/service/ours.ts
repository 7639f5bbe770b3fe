/** Our service under load, over real HTTP. */
import { type Client, client } from './client.js'
import { type Server, startServer } from './server.js'
import type { Behind, Calls, Load, Pairs, Reads, Stay, System } from './system.js'

export async function openOurs(
  databaseUrl: string | undefined,
  environment: Readonly<Record<string, string>> = {},
): Promise<System> {
  const server = await startServer(databaseUrl, environment)
  let [loads, filled] = [0, 0]
  await create(server, ['long'])
  return {
    load: (load) => underLoad(server, load, `load-${++loads}`),
    async fill(trials) {
      await importTrials(server, filled, trials)
      filled = trials
    },
    behind: (stay) => behindLong(server, stay),
    stop: server.stop,
  }
}

async function create({ url }: Server, names: readonly string[]): Promise<void> {
  const http = client(url, 1)
  for (const name of names) {
    const spec = { space: 'autoresearch-14', method: 'random', objective: { metric: 'val_bpb' } }
    await http.post('/studies', { ...spec, name })
  }
  http.close()
}

/** The first second warms up and is not counted. */
async function underLoad(server: Server, load: Load, label: string): Promise<Pairs> {
  const names = Array.from({ length: load.studies }, (_, i) => `${label}-${i}`)
  await create(server, names)
  const http = client(server.url, load.workers)
  await together(http, names, { ...load, seconds: 1 })
  const pairs = await together(http, names, load)
  http.close()
  return pairs
}

async function together(http: Client, names: readonly string[], { workers, seconds }: Load): Promise<Pairs> {
  const calls = noted()
  const began = performance.now()
  const until = began + seconds * 1000
  const work = async (worker: number) => {
    while (performance.now() < until) await pair(http, names[worker % names.length]!, worker, calls)
  }
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
  return { seconds: (performance.now() - began) / 1000, ...calls }
}

interface Asked {
  readonly trials: { readonly number: number; readonly lease: { readonly token: string } }[]
}

interface Noted extends Calls {
  readonly ask: number[]
  readonly tell: number[]
}

function noted(): Noted {
  return { ask: [], tell: [] }
}

async function pair(http: Client, study: string, worker: number, { ask, tell }: Noted): Promise<void> {
  const asked = performance.now()
  const { trials } = await http.post<Asked>(`/studies/${study}/ask`, { worker: `w${worker}` })
  const given = performance.now()
  const { number, lease } = trials[0]!
  await http.post(`/studies/${study}/trials/${number}/tell`, {
    token: lease.token,
    outcome: 'complete',
    value: 1 + 1 / (1 + number),
    trainSeconds: 300,
  })
  ask.push(given - asked)
  tell.push(performance.now() - given)
}

async function behindLong(server: Server, { pairs, seconds }: Stay): Promise<Behind> {
  const http = client(server.url, 1)
  const began = performance.now()
  await pair(http, 'long', 0, noted())
  const first = performance.now() - began
  const calls = noted()
  const until = performance.now() + seconds * 1000
  while (calls.ask.length < pairs && performance.now() < until) await pair(http, 'long', 0, calls)
  const reads = await readLong(http)
  http.close()
  return { first, ...calls, memoryMb: server.memoryMb(), reads }
}

async function readLong(http: Client): Promise<Reads> {
  const timed = async (path: string) => {
    const began = performance.now()
    await http.get(`/studies/long/${path}`)
    return performance.now() - began
  }
  const reads = { page: [] as number[], summary: [] as number[] }
  for (let i = 0; i < 50; i++) {
    reads.page.push(await timed('trials?limit=100&state=complete'))
    reads.summary.push(await timed('summary'))
  }
  return reads
}

const importers = 64

/** As the history of another tool is imported. */
async function importTrials({ url }: Server, from: number, to: number): Promise<void> {
  const http = client(url, importers)
  let next = from
  const work = async () => {
    while (next < to) {
      const i = next++
      const trial = { params: configuration(i), outcome: 'complete', value: 1 + 1 / (1 + i) }
      await http.post('/studies/long/trials', trial)
    }
  }
  await Promise.all(Array.from({ length: importers }, work))
  http.close()
}

/** Distinct configurations of autoresearch-14. */
export function configuration(i: number) {
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
