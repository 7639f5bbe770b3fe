/** All that a run of smac holds. */
import type { SurrogateState } from '../surrogate/state.js'
import type { Models } from './models.js'
import type { SmacOptions } from './options.js'

export interface SmacState extends SurrogateState {
  readonly options: SmacOptions
  readonly models: Models
}
