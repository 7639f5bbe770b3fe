/** A search in the thread that calls it, for optimizers whose asks take a few milliseconds. */
import { setImmediate } from 'node:timers/promises'
import type { Beliefs } from '../../optimizers/contract.js'
import {
  believeSearch,
  describeSearch,
  inspect,
  observe,
  propose,
  recommendFrom,
  type Search,
  type SearchObservation,
  snapshotSearch,
  toConfirm,
} from '../../optimizers/search.js'
import type { Params } from '../../search-spaces/index.js'
import { approximateBytes } from './approximate-bytes.js'
import type { ProposeRequest, StudySearch } from './study-search.js'

/** An ask of many trials lets other requests in after so long. */
const LONGEST_MS = 10

export class InlineSearch implements StudySearch {
  readonly kind: string
  readonly choosesConfirmations: boolean
  private observations = 0
  private measuredAt = -1
  private measured = 0
  private yieldedAt = performance.now()

  constructor(private search: Search) {
    this.kind = search.optimizer.kind
    this.choosesConfirmations = search.optimizer.whichToConfirm !== undefined
  }

  async propose({ number, pending }: ProposeRequest) {
    await this.letOthersIn()
    const [proposed] = propose(this.search, { number, count: 1, pending })
    return proposed!
  }

  async inspect(params: Params) {
    return inspect(this.search, params)
  }

  async recommend() {
    return recommendFrom(this.search)
  }

  async toConfirm(count: number) {
    return toConfirm(this.search, count)
  }

  async describe() {
    return describeSearch(this.search)
  }

  async snapshot() {
    return snapshotSearch(this.search)
  }

  observe(observation: SearchObservation): void {
    this.search = observe(this.search, [observation])
    this.observations++
  }

  believe(beliefs: Beliefs): void {
    this.search = believeSearch(this.search, beliefs)
  }

  /** Measured again whenever there is an eighth more to it. */
  bytes(): number {
    if (this.measuredAt < 0 || this.observations > this.measuredAt * 1.125 + 8) {
      this.measured = approximateBytes(this.search)
      this.measuredAt = this.observations
    }
    return this.measured
  }

  close(): void {}

  private async letOthersIn(): Promise<void> {
    if (performance.now() - this.yieldedAt < LONGEST_MS) return
    await setImmediate()
    this.yieldedAt = performance.now()
  }
}
