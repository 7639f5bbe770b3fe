/**
 * What a slow search costs everybody else. One gp study with a long history is asked for eight trials at a time by eight workers
 * without a pause; meanwhile another study is asked, sent heartbeats and told, and the service is asked whether it lives.
 * Measured twice in one run: with searches in the thread that answers requests, and in worker threads.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, client } from './client.js'
import { freshDatabase, type PostgresServer } from './database.js'
import { configuration } from './ours.js'
import type { SlowPace } from './pace.js'
import type { Missing } from './parts.js'
import { startServer } from './server.js'
import type { BesideSlow } from './system.js'

const MODES = [
  { id: 'requests-thread', label: 'searches in the requests’ thread', threads: 0 },
  { id: 'worker-threads', label: 'searches in worker threads', threads: undefined },
] as const

export async function besideSlow(
  postgres: PostgresServer | { readonly because: string },
  pace: SlowPace,
  onStep: (label: string) => void,
): Promise<{ readonly measured: BesideSlow[]; readonly missing: Missing[] }> {
  const measured: BesideSlow[] = []
  const missing: Missing[] = []
  for (const { id, label, threads } of MODES) {
    for (const database of ['Postgres', 'PGlite'] as const) {
      if (database === 'Postgres' && 'because' in postgres) {
        missing.push({ row: `${label}, ${database}`, because: postgres.because })
        continue
      }
      const own = database === 'Postgres' ? await freshDatabase(postgres as PostgresServer) : undefined
      const server = await startServer(
        own?.url,
        threads === undefined ? {} : { CHIRON_SEARCH_THREADS: `${threads}` },
      )
      try {
        measured.push({ id, label, database, ...(await measureOn(server.url, pace)) })
      } finally {
        await server.stop()
        await own?.drop()
      }
      onStep(`beside a slow search: ${label}, ${database}`)
    }
  }
  return { measured, missing }
}

async function measureOn(url: string, pace: SlowPace) {
  const slow = client(url, pace.workers)
  const probe = client(url, 4)
  await makeHistory(slow, pace.observations)
  await probe.post('/studies', { name: 'quick', space: 'autoresearch-14', method: 'random' })
  await oneTrial(probe, { ask: [], heartbeat: [] }) // both studies are in memory before anything is timed
  await askAndTell(slow, 'warm', 1, () => {})
  const until = performance.now() + pace.seconds * 1000
  const began = performance.now()
  let given = 0
  const load = Array.from({ length: pace.workers }, async (_, worker) => {
    for (let turn = 0; performance.now() < until; turn++)
      await askAndTell(slow, `w${worker}-${turn}`, pace.count, (trials) => {
        given += trials
      })
  })
  const calls = { ask: [] as number[], heartbeat: [] as number[], health: [] as number[] }
  const probes = [probeTrials(probe, calls, until), probeHealth(probe, calls, until)]
  await Promise.all(probes)
  const seconds = (performance.now() - began) / 1000
  const trialsPerSecond = given / seconds
  await Promise.all(load)
  slow.close()
  probe.close()
  return { trialsPerSecond, ...calls }
}

async function makeHistory(http: Client, observations: number): Promise<void> {
  await http.post('/studies', { name: 'slow', space: 'autoresearch-14', method: 'gp' })
  let next = 0
  const work = async () => {
    while (next < observations) {
      const i = next++
      const value = 1 + Math.sin(i) / 10 + 1 / (1 + i)
      await http.post('/studies/slow/trials', { params: configuration(i), outcome: 'complete', value })
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

/** Asks for a batch and tells all of it. The tells wait in the study's queue behind the asks of the other workers. */
async function askAndTell(
  http: Client,
  worker: string,
  count: number,
  onGiven: (trials: number) => void,
): Promise<void> {
  const { trials } = await http.post<Asked>('/studies/slow/ask', { worker, count })
  onGiven(trials.length)
  for (const { number, lease } of trials) {
    const told = { token: lease.token, outcome: 'complete', value: 1 + Math.sin(number) / 10 }
    await http.post(`/studies/slow/trials/${number}/tell`, told)
  }
}

interface Asked {
  readonly trials: { readonly number: number; readonly lease: { readonly token: string } }[]
}

async function probeTrials(
  http: Client,
  calls: { ask: number[]; heartbeat: number[] },
  until: number,
): Promise<void> {
  while (performance.now() < until) {
    await oneTrial(http, calls)
    await sleep(20)
  }
}

async function oneTrial(http: Client, calls: { ask: number[]; heartbeat: number[] }): Promise<void> {
  const asked = performance.now()
  const { trials } = await http.post<Asked>('/studies/quick/ask', { worker: 'probe' })
  calls.ask.push(performance.now() - asked)
  const { number, lease } = trials[0]!
  const beat = performance.now()
  await http.post(`/studies/quick/trials/${number}/heartbeat`, { token: lease.token })
  calls.heartbeat.push(performance.now() - beat)
  await http.post(`/studies/quick/trials/${number}/tell`, {
    token: lease.token,
    outcome: 'complete',
    value: 1,
  })
}

async function probeHealth(http: Client, calls: { health: number[] }, until: number): Promise<void> {
  while (performance.now() < until) {
    const began = performance.now()
    await http.get('/healthz')
    calls.health.push(performance.now() - began)
    await sleep(20)
  }
}
