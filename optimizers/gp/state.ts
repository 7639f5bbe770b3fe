/** All that a search by gp holds. */
import type { Prior } from './beliefs.js'
import type { History } from './history.js'
import type { Models } from './model.js'
import type { GpOptions } from './options.js'

export interface GpState {
  readonly options: GpOptions
  readonly seed: number
  readonly history: History
  readonly models: Models
  /** What was believed last, where anything was. */
  readonly prior?: Prior
}
