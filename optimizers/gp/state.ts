/** All that a run of gp holds. */
import type { SurrogateState } from '../surrogate/state.js'
import type { Models } from './model.js'
import type { GpOptions } from './options.js'

export interface GpState extends SurrogateState {
  readonly options: GpOptions
  readonly models: Models
}
