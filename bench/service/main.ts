/**
 * How fast the service answers, over real HTTP, its client on the same machine: `npm run bench:service`.
 * Throughput of ask+tell pairs, latency against the length of the history, memory.
 */

import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { version } from '../../src/root.js'
import { client } from './client.js'
import { fill, type Measured, measure, quantiles, SPEC } from './load.js'
import { type Server, startServer } from './server.js'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    history: { type: 'string', default: '1000,100000' },
    postgres: {
      type: 'string',
      default: process.env.CHIRON_BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
    },
    out: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (options.help) {
  console.log(`npm run bench:service -- [options]

  --seconds N      how long each load runs (10)
  --history A,B    finished trials of a study whose latency is measured (1000,100000)
  --postgres URL   a server where databases may be made (${options.postgres})
  --out FILE       write the figures as JSON too
  --quick          two seconds a load, histories of 1000 and 5000`)
  process.exit(0)
}

const seconds = options.quick ? 2 : Number(options.seconds)
const histories = (options.quick ? '1000,5000' : options.history).split(',').map(Number)

const loads = [
  { workers: 1, studies: 1 },
  { workers: 16, studies: 1 },
  { workers: 16, studies: 16 },
  { workers: 64, studies: 1 },
]

interface Row {
  readonly database: string
  readonly subject: string
  readonly figures: Record<string, number>
}

const rows: Row[] = []
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, chiron: version }
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Chiron ${version}\n`)

for (const [name, url] of await engines()) {
  const server = await startServer(url)
  try {
    for (const load of loads) {
      const subject = `${load.workers} workers, ${load.studies} ${load.studies === 1 ? 'study' : 'studies'}`
      const measured = await measure(server.url, { ...load, seconds }, `load-${load.workers}-${load.studies}`)
      report({ database: name, subject, figures: throughput(measured) })
    }
    let filled = 0
    await client(server.url, 1).post('/studies', { ...SPEC, name: 'long' })
    for (const length of histories) {
      await fill(server.url, 'long', filled, length, (n) =>
        progress(`${name}: filling a study, ${n} of ${length} trials`),
      )
      filled = length
      await server.settle()
      report({ database: name, subject: `a history of ${length} trials`, figures: await latency(server) })
    }
  } finally {
    await server.stop()
  }
}
if (options.out !== undefined) {
  await writeFile(
    options.out,
    `${JSON.stringify({ date: new Date().toISOString(), machine, seconds, rows }, null, 2)}\n`,
  )
}

async function engines(): Promise<[string, string | undefined][]> {
  const probe = postgres(options.postgres, { max: 1, connect_timeout: 3, onnotice: () => {} })
  try {
    const [row] = await probe`show server_version`
    return [
      [`Postgres ${String(row!.server_version).split(' ')[0]}`, options.postgres],
      ['PGlite', undefined],
    ]
  } catch (error) {
    console.log(`No Postgres at ${options.postgres} (${(error as Error).message}): PGlite alone is measured.`)
    return [['PGlite', undefined]]
  } finally {
    await probe.end()
  }
}

function throughput({ pairsPerSecond, ask, tell }: Measured) {
  return {
    'pairs/s': pairsPerSecond,
    'ask p50 ms': ask.p50,
    'ask p99 ms': ask.p99,
    'tell p50 ms': tell.p50,
    'tell p99 ms': tell.p99,
  }
}

/** One worker on a long study, and the pages that a dashboard asks for. */
async function latency(server: Server) {
  const http = client(server.url, 1)
  const ask: number[] = []
  const tell: number[] = []
  const page: number[] = []
  const summary: number[] = []
  const timed = async <T>(into: number[], call: () => Promise<T>): Promise<T> => {
    const begun = performance.now()
    const answer = await call()
    into.push(performance.now() - begun)
    return answer
  }
  for (let i = 0; i < 300; i++) {
    const asked = await timed(ask, () =>
      http.post<{ trials: { number: number; lease: { token: string } }[] }>('/studies/long/ask', {
        worker: 'w',
      }),
    )
    const { number, lease } = asked.trials[0]!
    const told = { token: lease.token, outcome: 'complete', value: 2, trainSeconds: 300 }
    await timed(tell, () => http.post(`/studies/long/trials/${number}/tell`, told))
  }
  for (let i = 0; i < 50; i++) {
    await timed(page, () => http.get('/studies/long/trials?limit=100&state=complete'))
    await timed(summary, () => http.get('/studies/long/summary'))
  }
  http.close()
  return {
    'ask p50 ms': quantiles(ask).p50,
    'ask p99 ms': quantiles(ask).p99,
    'tell p50 ms': quantiles(tell).p50,
    'tell p99 ms': quantiles(tell).p99,
    'page p99 ms': quantiles(page).p99,
    'summary p99 ms': quantiles(summary).p99,
    'server MB': server.memoryMb(),
  }
}

function report(row: Row): void {
  rows.push(row)
  progress('')
  const figures = Object.entries(row.figures).map(
    ([name, value]) => `${name} ${value >= 100 ? value.toFixed(0) : value.toFixed(2)}`,
  )
  console.log(`${row.database.padEnd(15)} ${row.subject.padEnd(28)} ${figures.join('  ')}`)
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
