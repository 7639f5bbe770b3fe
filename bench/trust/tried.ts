/** What the bench of trust measures: cheats with and without the sandbox, and what each kind of run costs. */
import type { Trial } from './try-edit.js'

export interface TriedCheat {
  readonly name: string
  readonly confined: Trial
  readonly unconfined: Trial
}

/** Seconds of one run, all its stages. */
export interface Cost {
  readonly task: string
  readonly how: 'plain' | 'scored' | 'confined'
  readonly repetition: number
  readonly seconds: number
  /** Of the processor, which do not depend on what else runs. */
  readonly processorSeconds: number
}
