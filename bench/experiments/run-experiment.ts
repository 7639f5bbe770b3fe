/** Runs experiments to their end on a service of the bench's own, a process on an embedded database, over HTTP. */
import { setTimeout } from 'node:timers/promises'
import type { z } from 'zod'
import type { experimentRequest } from '../../src/domain/experiment.js'
import type { Analysis } from '../../src/statistics/analysis.js'
import { type Client, client } from '../service/client.js'
import { type Server, startServer } from '../service/server.js'

/** The body of POST /experiments. */
export type Plan = z.input<typeof experimentRequest>

export interface Cell {
  readonly arm: string
  readonly seed: number
  readonly study: string
  readonly state: string
  readonly reason?: string
  /** These are absent where the cell failed. */
  readonly endpoint?: number
  readonly best?: number
  readonly worth?: number
  readonly recommended?: { readonly params: object }
  readonly trials: number
  readonly oomRate: number | null
  readonly llmCalls?: number
  readonly fallbacks?: number
}

export interface Ended {
  readonly name: string
  readonly cells: readonly Cell[]
  readonly analysis: Analysis
  /** From its creation to its end. */
  readonly wallSeconds: number
  /** Of the server meanwhile. */
  readonly processorSeconds: number
}

export interface Service {
  readonly http: Client
  readonly server: Server
  run(plan: Plan): Promise<Ended>
  stop(): Promise<void>
}

export async function openService(
  say: (line: string) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const server = await startServer(undefined, environment)
  const http = client(server.url, 4)
  return {
    http,
    server,
    run: (plan) => runExperiment({ http, server }, plan, say),
    stop: async () => {
      http.close()
      await server.stop()
    },
  }
}

async function runExperiment(
  { http, server }: Pick<Service, 'http' | 'server'>,
  plan: Plan,
  say: (line: string) => void,
): Promise<Ended> {
  const [began, used] = [performance.now(), server.processorSeconds()]
  await http.post('/experiments', plan)
  await untilEnded(http, plan.name, say)
  const [wallSeconds, processorSeconds] = [
    (performance.now() - began) / 1000,
    server.processorSeconds() - used,
  ]
  const { cells } = await http.get<{ cells: Cell[] }>(`/experiments/${plan.name}`)
  const analysis = await http.get<Analysis>(`/experiments/${plan.name}/analysis`)
  return { name: plan.name, cells, analysis, wallSeconds, processorSeconds }
}

interface Summary {
  readonly name: string
  readonly state: string
  readonly progress: { readonly cells: number; readonly share: number }
}

const POLL_MS = 250
const SAY_EVERY_MS = 15_000

/** The list is the cheapest read that says how far an experiment is. */
async function untilEnded(http: Client, name: string, say: (line: string) => void): Promise<void> {
  for (let said = performance.now(); ; await setTimeout(POLL_MS)) {
    const { experiments } = await http.get<{ experiments: Summary[] }>('/experiments?limit=10')
    const { state, progress } = experiments.find((one) => one.name === name)!
    if (state !== 'running') return
    if (performance.now() - said < SAY_EVERY_MS) continue
    said = performance.now()
    say(`experiments: ${name}, ${Math.round(progress.share * progress.cells)} of ${progress.cells} cells`)
  }
}

/** Why cells failed, for the rows that are missing. */
export function failuresOf({ name, cells }: Ended) {
  return cells
    .filter(({ state }) => state !== 'finished')
    .map(({ arm, seed, state, reason }) => ({
      row: `${name}, ${arm}, seed ${seed}`,
      because: `${state}: ${reason ?? 'no reason was given'}`,
    }))
}
