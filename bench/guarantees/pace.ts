/** How long `guarantees` looks at everything, and on which databases. */
import type { HeldPace } from './held-heartbeats.js'

export interface GuaranteePace extends HeldPace {
  readonly workers: readonly number[]
  readonly rounds: number
  readonly seconds: number
  readonly slowBodies: number
  readonly eventStreams: number
}

export const pace: GuaranteePace = {
  workers: [1, 16, 64],
  rounds: 5,
  seconds: 4,
  history: 20_000,
  repeats: 3,
  slowBodies: 300,
  eventStreams: 500,
}
export const quickPace: GuaranteePace = {
  workers: [1, 16],
  rounds: 1,
  seconds: 1,
  history: 500,
  repeats: 1,
  slowBodies: 30,
  eventStreams: 50,
}

export const DATABASES = ['Postgres', 'PGlite'] as const
export type DatabaseName = (typeof DATABASES)[number]
