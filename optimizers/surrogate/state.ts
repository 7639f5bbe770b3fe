/** What any model-based optimizer keeps of a run, beside its models and options. */
import type { Prior } from './beliefs.js'
import type { History } from './history.js'

export interface SurrogateState {
  readonly seed: number
  readonly history: History
  /** The beliefs that were given last, where any were. */
  readonly prior?: Prior
}
