import { complete } from './complete.js'
import { fieldValue, isRecord } from './given.js'
import { satisfy } from './satisfy.js'
import type { Repair, Repaired, Space } from './types.js'

/**
 * From whatever somebody proposes to a configuration that can run, with a list of what was changed.
 * What is right is kept as it is, so repairing twice changes nothing the second time.
 */
export function repair(space: Space, given: unknown): Repaired {
  if (!isRecord(given))
    return { ok: false, violated: 'params', message: 'expected an object of parameter names and values' }
  const repairs: Repair[] = Object.keys(given)
    .filter((name) => !space.byName.has(name))
    .map((name) => ({ parameter: name, from: fieldValue(given[name]), to: null, rule: 'unknown' }))
  const result = satisfy(space, complete(space, given, repairs), repairs)
  if ('params' in result) return { ok: true, params: result.params, repairs }
  const { violated } = result
  return { ok: false, violated, message: `violates ${violated}, and no parameter that may move can mend it` }
}
