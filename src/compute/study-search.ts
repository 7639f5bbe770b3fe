/**
 * The search of one study, wherever it is computed. A search whose asks are slow lives in a worker thread, so that the thread
 * that answers requests never waits for it; a search whose asks are cheap lives in that thread itself.
 */
import type { AskRequest, Beliefs, Json, OptimizerTraits, Recommendation } from '../../optimizers/contract.js'
import type { Inspected, Proposed, SearchDescription, SearchObservation } from '../../optimizers/search.js'
import type { Params } from '../../search-spaces/index.js'

export interface StudySearch {
  /** Its kind is the source of the trials that it proposes. */
  readonly optimizer: OptimizerTraits
  /** Asking never changes the search: its randomness is keyed by the study's seed and the trial's number. */
  propose(request: ProposeRequest): Promise<Proposed>
  /** Repair and preflight of a configuration that somebody else suggests. */
  inspect(params: Params): Promise<Inspected>
  /** The optimizer's own view of somebody else's configurations; undefined where it has none. */
  score(request: ScoreRequest): Promise<number[] | undefined>
  recommend(): Promise<Recommendation | undefined>
  toConfirm(count: number): Promise<Params[]>
  describe(): Promise<SearchDescription>
  snapshot(): Promise<Json>
  /** Observations and beliefs change the search, in the order in which they are given. A fault in them fails the next call. */
  observe(observation: SearchObservation): void
  believe(beliefs: Beliefs): void
  /** About how much memory the search takes. */
  bytes(): number
  /** Frees the search. Nothing may be called afterwards. */
  close(): void
}

export type ProposeRequest = Pick<AskRequest, 'number' | 'turn' | 'pending'>

export interface ScoreRequest {
  readonly candidates: readonly Params[]
  readonly pending: readonly Params[]
}

/**
 * The worker thread that held the search has ended: out of memory, or a crash. Nothing is lost, since a search is rebuilt
 * from the study's log.
 */
export class SearchLostError extends Error {
  override readonly name = 'SearchLostError'
  constructor(
    message: string,
    /** Whether the service is stopping, so that opening the search again is of no use. */
    readonly stopping = false,
  ) {
    super(message)
  }
}
