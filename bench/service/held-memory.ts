/**
 * How much memory a service takes that is used for many studies. It is told how much held studies may take
 * (CHIRON_HELD_MB), and then used for many gp studies and for one study with a very long history.
 */
import { type Client, client } from './client.js'
import { freshDatabase, type PostgresServer } from './database.js'
import { configuration } from './ours.js'
import type { HeldPace } from './pace.js'
import type { Missing } from './parts.js'
import { type Server, startServer } from './server.js'
import type { HeldMemory } from './system.js'

export async function heldMemory(
  postgres: PostgresServer | { readonly because: string },
  pace: HeldPace,
  onStep: (label: string) => void,
): Promise<{ readonly measured: HeldMemory[]; readonly missing: Missing[] }> {
  const measured: HeldMemory[] = []
  const missing: Missing[] = []
  for (const limitMb of pace.limitsMb) {
    if ('because' in postgres) {
      missing.push({ row: `held studies, ${limitMb} MB`, because: postgres.because })
      continue
    }
    const own = await freshDatabase(postgres)
    const server = await startServer(own.url, { CHIRON_HELD_MB: `${limitMb}` })
    try {
      measured.push({ limitMb, ...(await measureOn(server, pace)) })
    } finally {
      await server.stop()
      await own.drop()
    }
    onStep(`held studies, ${limitMb} MB`)
  }
  return { measured, missing }
}

async function measureOn(server: Server, { studies, observations, trials, clients }: HeldPace) {
  const http = client(server.url, clients)
  const startMb = server.memoryMb()
  const highest = { studies: 0, heldMb: 0, residentMb: startMb }
  const look = async () => {
    const { held, bytes } = await heldNow(http)
    highest.studies = Math.max(highest.studies, held)
    highest.heldMb = Math.max(highest.heldMb, bytes / 2 ** 20)
    highest.residentMb = Math.max(highest.residentMb, server.memoryMb())
  }
  await inTurn(clients, studies, async (study) => {
    const name = `gp-${study}`
    await http.post('/studies', { name, space: 'autoresearch-14', method: 'gp' })
    for (let i = 0; i < observations; i++) await importTrial(http, name, i)
    await http.post(`/studies/${name}/ask`, { worker: 'held' })
    await look()
  })
  await http.post('/studies', { name: 'long', space: 'autoresearch-14', method: 'random' })
  await inTurn(clients, trials, async (i) => {
    await importTrial(http, 'long', i)
    if (i % 1000 === 0) await look()
  })
  await http.post('/studies/long/ask', { worker: 'held' })
  await look()
  http.close()
  return { startMb, ...highest }
}

/** Does all pieces of work, so many at a time. */
async function inTurn(width: number, count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

function importTrial(http: Client, study: string, i: number): Promise<unknown> {
  const value = 1 + Math.sin(i) / 10 + 1 / (1 + i)
  return http.post(`/studies/${study}/trials`, { params: configuration(i), outcome: 'complete', value })
}

async function heldNow(http: Client): Promise<{ held: number; bytes: number }> {
  const text = await http.text('/metrics')
  const gauge = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
  return { held: gauge('chiron_held_studies'), bytes: gauge('chiron_held_bytes') }
}
