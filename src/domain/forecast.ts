import type { Forecast } from '../../optimizers/contract.js'

/** What is stored of a pruned trial: its last step, and the forecast of its final value. */
export interface Foreseen {
  readonly step: number
  readonly forecast?: Forecast
}
