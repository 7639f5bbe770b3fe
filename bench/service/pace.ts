/** How long `service` looks at everything. */
import type { Load, Stay } from './system.js'

/** The load of the slow study: how long its history is, and how it is asked. */
export interface SlowPace {
  readonly observations: number
  readonly workers: number
  readonly count: number
  readonly seconds: number
}

/** What the service is used for while its memory is looked at. */
export interface HeldPace {
  /** One run with each as CHIRON_HELD_MB. */
  readonly limitsMb: readonly number[]
  /** gp studies, and the observations of each. */
  readonly studies: number
  readonly observations: number
  /** Trials of the study with a long history. */
  readonly trials: number
  readonly clients: number
}

export interface Pace {
  /** Every system has its turn in every round, so that a busy minute of the machine is not one system's alone. */
  readonly rounds: number
  readonly loads: readonly Load[]
  /** Finished trials of the study that is asked about. */
  readonly histories: readonly number[]
  readonly stay: Stay
  readonly slow: SlowPace
  readonly held: HeldPace
}

export const pace: Pace = {
  rounds: 3,
  loads: [...shared(2, [1, 16, 64]), { workers: 16, studies: 16, seconds: 2 }],
  histories: [1000, 10_000, 100_000],
  stay: { pairs: 200, seconds: 30 },
  slow: { observations: 1000, workers: 8, count: 8, seconds: 30 },
  held: { limitsMb: [16, 512], studies: 256, observations: 100, trials: 100_000, clients: 16 },
}

export const quickPace: Pace = {
  rounds: 1,
  loads: shared(1, [1, 16]),
  histories: [1000],
  stay: { pairs: 20, seconds: 5 },
  slow: { observations: 150, workers: 4, count: 4, seconds: 5 },
  held: { limitsMb: [16], studies: 16, observations: 30, trials: 500, clients: 8 },
}

/** Loads on one study. */
function shared(seconds: number, workers: readonly number[]): Load[] {
  return workers.map((count) => ({ workers: count, studies: 1, seconds }))
}
