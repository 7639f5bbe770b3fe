/** What a study's optimizer makes of its trials, where it has an opinion: read on request, from the search itself. */
import { optimizerNamed } from '../../optimizers/index.js'
import { decodeSpec } from '../domain/decode-spec.js'
import { readCommand } from '../engine/read-command.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { type Recommendation, recommend } from '../trials/queries/recommendation.js'
import type { StudyRow } from './read-studies.js'

export async function readRecommendation(
  queues: StudyQueues,
  { id, spec }: StudyRow,
): Promise<Recommendation> {
  const { kind } = decodeSpec(spec).method.optimizer
  return optimizerNamed(kind)?.abilities.recommend ? queues.run(id, readCommand(recommend)) : {}
}
