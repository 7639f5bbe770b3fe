import { completeParams } from './complete.js'
import { fieldValue, isRecord } from './given.js'
import { Effort, MOST_OPERATIONS } from './operations.js'
import { satisfyConstraints } from './satisfy.js'
import type { Repair, Repaired, Space } from './types.js'

/**
 * Repairs any proposed configuration to one that can run, and lists the changes. Valid values are kept, so a second
 * repair changes nothing. It gives up once it has taken as many operations as one repair may, or all that are left of
 * `whole`, the effort that it is a part of.
 */
export function repair(space: Space, given: unknown, whole?: Effort): Repaired {
  if (!isRecord(given))
    return { ok: false, violated: 'params', message: 'expected an object of parameter names and values' }
  const repairs: Repair[] = Object.keys(given)
    .filter((name) => !space.byName.has(name))
    .map((name) => ({ parameter: name, from: fieldValue(given[name]), to: null, rule: 'unknown' }))
  const effort = new Effort(MOST_OPERATIONS.repair, whole)
  const result = satisfyConstraints(space, completeParams(space, given, repairs), repairs, effort)
  if ('params' in result) return { ok: true, params: result.params, repairs }
  const { violated } = result
  return {
    ok: false,
    violated,
    message: `violates ${violated}, and no parameter that may be adjusted can satisfy it`,
  }
}
