/**
 * `experiments`: experiments through a service over HTTP, and what they cost: whether seeds pair, the published study in one
 * command, a ratio ablation, the overhead of running cells, and reads of a large one.
 */
import { openCache } from '../cache.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { ablation } from './ablation.js'
import { overhead } from './overhead.js'
import { pairs } from './pairs.js'
import type { Part, Shown } from './part.js'
import { reading } from './reading.js'
import { study } from './study.js'

export const experiments: Subject = {
  name: 'experiments',
  about: 'pairs, the published study and a ratio ablation through the service, and what experiments cost',
  measure,
}

const parts: readonly Part[] = [pairs, study, ablation, overhead, reading]

async function measure(bench: Bench): Promise<Measurement> {
  const cache = openCache(bench.resume)
  const shown: Shown[] = []
  for (const part of chosenFrom(parts, bench.methods)) shown.push(await part.measure(bench, cache))
  return {
    tables: shown.flatMap(({ tables }) => tables),
    pictures: Object.assign({}, ...shown.map(({ pictures }) => pictures)),
    versions: {},
    missing: shown.flatMap(({ missing }) => missing),
    rows: shown.flatMap(({ rows }) => rows),
    raw: Object.assign({}, ...shown.map(({ raw }) => raw)),
  }
}
