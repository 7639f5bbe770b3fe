/** All that a run of tpe holds. */
import type { Space } from '../../search-spaces/types.js'
import type { Axis } from './axis.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import type { Split } from './split.js'

export interface TpeState {
  readonly space: Space
  readonly options: TpeOptions
  readonly seed: number
  readonly axes: readonly Axis[]
  readonly history: History
  readonly split: Split
}
