/** Opens the search of a study where it belongs: in a worker thread where its optimizer's asks are slow. */
import type { Json } from '../../optimizers/contract.js'
import { optimizerNamed } from '../../optimizers/index.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'
import { openSearchOf } from './open-search.js'
import { SearchWorkers } from './search-workers.js'
import type { StudySearch } from './study-search.js'

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

  /** Throws SnapshotError where the snapshot is not of this spec, or of another version of the optimizer. */
  async open(spec: StudySpec, snapshot?: Json): Promise<StudySearch> {
    const isSlow = optimizerNamed(decodeSpec(spec).method.optimizer.kind)?.askIsSlow === true
    return isSlow && this.most > 0 ? this.workers.open(spec, snapshot) : openSearchOf(spec, snapshot)
  }

  close(): Promise<void> {
    return this.workers.close()
  }
}
