/** What smac knows, for a person: where its best trials are, which parameters matter, and what it fell back to. */
import type { Description } from '../contract.js'
import { bestTenth, describeHistory, describeParameters } from '../surrogate/describe.js'
import type { Model } from './models.js'
import { rankedByMean, startupOf } from './proposal.js'
import type { SmacState } from './state.js'

export function describe(state: SmacState): Description {
  const { history, models } = state
  const { encoding, results, succeeded } = history
  const model = models.value()
  return {
    kind: 'smac',
    observations: results.length,
    failures: results.length - succeeded.length,
    parameters: describeParameters(encoding.space, bestTenth(history, rankedByMean(model))),
    notes: describeHistory(history, startupOf(state), () => notesOnModel(state, model)),
  }
}

const SHOWN = 5

/** The inputs by which the trees split to most effect. */
function notesOnModel({ history }: SmacState, { forest, isFlat }: Model): string[] {
  if (isFlat) return ['all values are the same: points fill the space']
  const { inputOf, inputs, space, derived } = history.encoding
  const names = [...space.searched, ...derived].map(({ name }) => name)
  const gains = new Float64Array(inputs)
  for (const tree of forest.trees) {
    for (const [column, gain] of tree.gains.entries()) gains[inputOf[column]!]! += gain
  }
  const total = gains.reduce((sum, gain) => sum + gain, 0)
  if (!(total > 0)) return []
  const order = [...gains.keys()].sort((a, b) => gains[b]! - gains[a]! || a - b)
  const shares = order.slice(0, SHOWN).map((i) => `${names[i]} ${Math.round((100 * gains[i]!) / total)} %`)
  return [`of what the trees explain, their splits do most by: ${shares.join(', ')}`]
}
