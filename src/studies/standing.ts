/** What a study's optimizer makes of its trials, where it has an opinion: read on request, from the search itself. */
import { optimizerNamed } from '../../optimizers/index.js'
import { decodeSpec } from '../model/decode.js'
import { lookAt } from '../trials/inspect.js'
import { type Standing, standingOf } from '../trials/standing.js'
import type { Turns } from '../trials/turn.js'
import type { StudyRow } from './read.js'

export async function readStanding(turns: Turns, { id, spec }: StudyRow): Promise<Standing> {
  const { kind } = decodeSpec(spec).method.optimizer
  return optimizerNamed(kind)?.abilities.recommend ? turns.take(id, lookAt(standingOf)) : {}
}
