/** Opens the search of a study where it belongs, and checks specs: in a worker thread where that may take long. */
import type { EarlierStudy, Json } from '../../optimizers/contract.js'
import { optimizerNamed } from '../../optimizers/index.js'
import { checkSpec, decodeSpec, type SpecRequest } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'
import { Fault } from '../faults.js'
import { openSearchOf } from './open-search.js'
import { SearchWorkers } from './search-workers.js'
import { SearchLostError, type StudySearch } from './study-search.js'

/** A space whose configurations take more operations makes the asks of any optimizer slow. */
const CHEAP_OPERATIONS = 1000
/** A check of a smaller spec takes well below 100 ms, whatever is in it: a character is at most one operation. */
const SMALL_SPEC = 4000

export class Searches {
  private readonly workers: SearchWorkers

  /** `most`: how many worker threads there may be; 0 computes everything in the calling thread. */
  constructor(private readonly most: number) {
    this.workers = new SearchWorkers(most)
  }

  /** Worker threads that run now. */
  get threads(): number {
    return this.workers.size
  }

  /**
   * `earlier`: what the study knows of earlier ones. Throws SnapshotError where the snapshot is not of this spec, or of
   * another version of the optimizer.
   */
  async open(spec: StudySpec, snapshot?: Json, earlier: readonly EarlierStudy[] = []): Promise<StudySearch> {
    const { space, method } = decodeSpec(spec)
    const isSlow =
      space.operations > CHEAP_OPERATIONS || optimizerNamed(method.optimizer.kind)?.askIsSlow === true
    return isSlow && this.most > 0
      ? this.workers.open(spec, snapshot, earlier)
      : openSearchOf(spec, snapshot, earlier)
  }

  /** Throws the Faults of checkSpec. */
  async checkSpec(given: SpecRequest, model: string | null): Promise<StudySpec> {
    const isSmall = this.most === 0 || JSON.stringify(given).length <= SMALL_SPEC
    if (isSmall) return checkSpec(given, model)
    return this.workers.checkSpec(given, model).catch((error) => {
      if (!(error instanceof SearchLostError)) throw error
      throw new Fault('search_unavailable', `The spec could not be checked: ${error.message}. Send it again`)
    })
  }

  close(): Promise<void> {
    return this.workers.close()
  }
}
