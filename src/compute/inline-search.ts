/** A search in the thread that calls it. */
import { setImmediate } from 'node:timers/promises'
import type { Beliefs } from '../../optimizers/contract.js'
import type { Search, SearchObservation } from '../../optimizers/search.js'
import type { Params } from '../../search-spaces/index.js'
import type { ProposeRequest, ScoreRequest, StudySearch } from './study-search.js'

/** An ask of many trials lets other requests in after so long. */
const LONGEST_MS = 10

export class InlineSearch implements StudySearch {
  readonly optimizer: StudySearch['optimizer']
  private observations = 0
  private measuredAt = -1
  private measured = 0
  private yieldedAt = performance.now()

  constructor(private readonly search: Search) {
    this.optimizer = search.optimizer
  }

  async propose(request: ProposeRequest) {
    await this.letOthersIn()
    const [proposed] = this.search.propose({ ...request, count: 1 })
    return proposed!
  }

  async inspect(params: Params) {
    return this.search.inspect(params)
  }

  async score({ candidates, pending }: ScoreRequest) {
    return this.search.score(candidates, pending)
  }

  async recommend() {
    return this.search.recommend()
  }

  async toConfirm(count: number) {
    return this.search.toConfirm(count)
  }

  async describe() {
    return this.search.describe()
  }

  async snapshot() {
    return this.search.snapshot()
  }

  observe(observation: SearchObservation): void {
    this.search.observe([observation])
    this.observations++
  }

  believe(beliefs: Beliefs): void {
    this.search.believe(beliefs)
  }

  /** Measured again whenever there is an eighth more to it. */
  bytes(): number {
    if (this.measuredAt < 0 || this.observations > this.measuredAt * 1.125 + 8) {
      this.measured = this.search.bytes()
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
