/** All that a run of gp holds. */
import type { SurrogateState } from '../surrogate/state.js'
import type { Earlier } from './earlier.js'
import type { Models } from './model.js'
import type { GpOptions } from './options.js'

export interface GpState extends SurrogateState {
  readonly options: GpOptions
  readonly models: Models
  /** The earlier studies that it was given, and those of them that agree with what was found so far. */
  readonly earlier: readonly Earlier[]
  agreeing(): readonly Earlier[]
}
