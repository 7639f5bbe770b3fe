/** Our page, on a study that was made by import. */
import { type Server, startServer } from '../service/server.js'
import type { PageSystem } from './system.js'
import { type EndedTrial, endedTrials, SPACE } from './trials.js'

const ROWS = 2000

export async function openOurs(trials: number): Promise<PageSystem> {
  const server = await startServer(undefined)
  try {
    return await withStudy(server, trials)
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function withStudy(server: Server, trials: number): Promise<PageSystem> {
  let added = 0
  const add = async (rows: readonly EndedTrial[]) => {
    const lines = rows.map((row) => JSON.stringify(importedRow(row, added++)))
    await send(`${server.url}/studies/seen/import`, 'application/x-ndjson', lines.join('\n'))
  }
  const study = {
    name: 'seen',
    space: SPACE,
    objective: { metric: 'val_bpb' },
    method: { optimizer: { kind: 'random' }, preflight: 'off' },
  }
  await send(`${server.url}/studies`, 'application/json', JSON.stringify(study))
  for (let first = 0; first < trials; first += ROWS)
    await add(endedTrials(Math.min(ROWS, trials - first), first))
  return {
    url: `${server.url}/#/studies/seen`,
    isDrawn: `document.querySelector('figure .drawing svg') !== null`,
    report: `${server.url}/studies/seen/report?format=html`,
    add,
    stop: async () => void (await server.stop()),
  }
}

function importedRow({ params, value }: EndedTrial, i: number): object {
  return {
    idempotencyKey: `trial ${i}`,
    params,
    trainSeconds: 300,
    ...(value === undefined ? { outcome: 'oom' } : { outcome: 'complete', value }),
  }
}

async function send(url: string, type: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
  if (response.ok) return
  const why = (await response.text()).slice(0, 300)
  throw new Error(`${url} was answered with ${response.status}: ${why}`)
}
