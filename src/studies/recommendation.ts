/**
 * The optimizer's recommendation for a study, computed from its search on request. Empty where the optimizer gives
 * none.
 */
import { optimizerNamed } from '../../optimizers/index.js'
import { decodeMethod } from '../domain/decode-spec.js'
import { readCommand } from '../engine/read-command.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { type Recommendation, recommend } from '../trials/queries/recommendation.js'
import type { StudyRow } from './read-studies.js'

export async function readRecommendation(
  queues: StudyQueues,
  { id, spec }: StudyRow,
): Promise<Recommendation> {
  const { kind } = decodeMethod(spec).optimizer
  return optimizerNamed(kind)?.abilities.recommend ? queues.run(id, readCommand(recommend)) : {}
}
