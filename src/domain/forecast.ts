import type { Forecast } from '../../optimizers/contract.js'

/** What is known of a trial that was stopped: its last step, and what it would have ended with. */
export interface Foreseen {
  readonly step: number
  readonly forecast?: Forecast
}
