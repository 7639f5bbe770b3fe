/**
 * How long one request holds up the heartbeats of another study: by the clock, and by the processor time of the longest
 * turn that the thread of requests, or that of the embedded database, takes meanwhile (slices.cjs). A probe sends
 * heartbeats all the time; each heavy request is sent meanwhile.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromRoot } from '../../src/root.js'
import { median } from '../../src/statistics/describe.js'
import { type Client, client } from '../service/client.js'
import { startServer } from '../service/server.js'
import { type HeavyRequest, heavyRequests, prepareStudies } from './heavy-requests.js'

export interface HeldRequest {
  readonly label: string
  readonly kilobytes: number
  readonly status: number
  /** Milliseconds until its own answer was there, and those of the longest heartbeat meanwhile: medians. */
  readonly ownMs: number
  readonly heartbeatMs: number
  /** Milliseconds of processor time of the longest turn of either thread: the median, and the longest of all. */
  readonly turnMs: number
  readonly longestTurnMs: number
}

export interface HeldPace {
  /** Trials of the study that is exported, read and searched. */
  readonly history: number
  /** So often each of the heavy requests is sent. */
  readonly repeats: number
}

const NOTHING: HeavyRequest = { label: 'nothing else', method: 'GET', path: '/healthz' }
export const HELD_REQUESTS = 1 + heavyRequests().length
const BETWEEN_BEATS_MS = 5
/** What happens in the turns before and after the request itself. */
const AROUND_MS = 50

/** On Postgres, or without a URL on PGlite. */
export async function heldHeartbeats(
  databaseUrl: string | undefined,
  { history, repeats }: HeldPace,
  onStep: (request: HeldRequest) => void = () => {},
): Promise<HeldRequest[]> {
  const folder = mkdtempSync(join(tmpdir(), 'chiron-slices-'))
  const slices = join(folder, 'slices')
  const server = await startServer(databaseUrl, {
    SLICES: slices,
    NODE_OPTIONS: `--require ${fromRoot('bench/guarantees/slices.cjs')}`,
  })
  const http = client(server.url, 16)
  try {
    await prepareStudies(http, history)
    const beat = await heartbeatOf(http)
    const measured: HeldRequest[] = []
    for (const heavy of [NOTHING, ...heavyRequests()]) {
      const times = []
      for (let time = 0; time < repeats; time++)
        times.push(await measureOne(server.url, heavy, time, beat, () => turnsIn(slices)))
      const held = {
        label: heavy.label,
        kilobytes: Math.ceil(Buffer.byteLength(bodyOf(heavy, 0) ?? '') / 1000),
        status: times[0]!.status,
        ownMs: median(times.map(({ ownMs }) => ownMs)),
        heartbeatMs: median(times.map(({ heartbeatMs }) => heartbeatMs)),
        turnMs: median(times.map(({ turnMs }) => turnMs)),
        longestTurnMs: Math.max(...times.map(({ turnMs }) => turnMs)),
      }
      measured.push(held)
      onStep(held)
    }
    return measured
  } finally {
    http.close()
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}

async function measureOne(
  url: string,
  heavy: HeavyRequest,
  time: number,
  beat: () => Promise<number>,
  turns: () => number[],
) {
  let isOver = false
  let heartbeatMs = 0
  const body = bodyOf(heavy, time) // made before, because the probe is in this process
  await sleep(AROUND_MS)
  const before = turns().length
  const probe = (async () => {
    while (!isOver) {
      heartbeatMs = Math.max(heartbeatMs, await beat())
      await sleep(BETWEEN_BEATS_MS)
    }
  })()
  const began = performance.now()
  const status = await send(url, heavy, body)
  const ownMs = performance.now() - began
  await sleep(AROUND_MS)
  isOver = true
  await probe
  return { status, ownMs, heartbeatMs, turnMs: Math.max(0, ...turns().slice(before)) }
}

/** The search threads may take as long as they like. */
function turnsIn(slices: string): number[] {
  const lines = existsSync(slices) ? readFileSync(slices, 'utf8').split('\n') : []
  return lines.flatMap((line) => {
    const [thread, milliseconds] = line.split(' ')
    return thread === 'requests' || thread === 'database' ? Number(milliseconds) : []
  })
}

async function heartbeatOf(http: Client): Promise<() => Promise<number>> {
  const spec = { name: 'beating', space: 'autoresearch-14', method: 'random', lease: { seconds: 600 } }
  await http.post('/studies', spec)
  const { trials } = await http.post<{ trials: { number: number; lease: { token: string } }[] }>(
    '/studies/beating/ask',
    { worker: 'probe' },
  )
  const { number, lease } = trials[0]!
  return async () => {
    const began = performance.now()
    await http.post(`/studies/beating/trials/${number}/heartbeat`, { token: lease.token })
    return performance.now() - began
  }
}

function bodyOf({ body }: HeavyRequest, time: number): string | undefined {
  return typeof body === 'function' ? body(time) : body
}

/** The whole answer is taken, and none of it kept. */
function send(url: string, heavy: HeavyRequest, body: string | undefined): Promise<number> {
  const headers = body === undefined ? {} : { 'content-type': heavy.type ?? 'application/json' }
  return new Promise((resolve, reject) => {
    const call = request(url + heavy.path, { method: heavy.method, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode!))
    })
    call.on('error', reject)
    call.end(body)
  })
}
