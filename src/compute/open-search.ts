/** A search of a study's spec, from its snapshot where there is one. */
import type { EarlierStudy, Json } from '../../optimizers/contract.js'
import { openSearch } from '../../optimizers/search.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'
import { InlineSearch } from './inline-search.js'

/** Throws SnapshotError where the snapshot is not of this spec, or of another version of the optimizer. */
export function openSearchOf(
  spec: StudySpec,
  snapshot?: Json,
  earlier?: readonly EarlierStudy[],
): InlineSearch {
  const { space, method } = decodeSpec(spec)
  return new InlineSearch(openSearch(space, method, spec.seed, snapshot, earlier))
}
