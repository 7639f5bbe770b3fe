/** What gp knows, for a person: where its best trials are, which parameters matter, and what it fell back to. */
import type { CarriedStudy, Description, HeldBeliefs } from '../contract.js'
import { isContradicted, type Prior, priorWeight } from '../surrogate/beliefs.js'
import { bestTenth, describeHistory, describeParameters } from '../surrogate/describe.js'
import type { Model } from './model.js'
import { rankedByMean } from './posterior.js'
import { startupOf } from './proposal.js'
import type { GpState } from './state.js'

export function describe(state: GpState): Description {
  const { history, models } = state
  const { encoding, results } = history
  const model = models.value()
  const beliefs = state.prior && heldBeliefs(state, state.prior, model)
  return {
    kind: 'gp',
    observations: results.length,
    failures: results.filter(({ kind }) => kind === 'failed').length,
    parameters: describeParameters(encoding.space, bestTenth(history, rankedByMean(model))),
    ...(beliefs && { beliefs }),
    ...(state.earlier.length > 0 && { earlier: carriedStudies(state, model) }),
    notes: [
      ...describeHistory(history, startupOf(state), () => notesOnModel(state, model)),
      ...(beliefs ? [noteOnBeliefs(beliefs)] : []),
      ...notesOnEarlier(state),
    ],
  }
}

/** A study that does not agree with what was found has no weight. */
function carriedStudies({ earlier, agreeing }: GpState, { kernel }: Model): CarriedStudy[] {
  const used = agreeing()
  return earlier.map((one) => ({
    study: one.study,
    trials: one.trials,
    weight: kernel.earlier[used.indexOf(one)]?.weight ?? 0,
  }))
}

function notesOnEarlier({ earlier, agreeing }: GpState): string[] {
  const aside = earlier.filter((one) => !agreeing().includes(one))
  return aside.map(
    ({ study }) => `${study} is left aside: it ranks the first trials otherwise than they turned out`,
  )
}

function heldBeliefs({ history }: GpState, prior: Prior, { values }: Model): HeldBeliefs {
  const { points, succeeded, results } = history
  const units = succeeded.map((index) => points[index]!.unit)
  const givenUp = isContradicted(prior, units, values)
  const weight = givenUp ? 0 : priorWeight(prior, results.length)
  return { ...prior.beliefs, since: prior.since, weight, givenUp }
}

function noteOnBeliefs({ parameters, relations = [], weight, givenUp }: HeldBeliefs): string {
  const together = relations.map(({ of }) => Object.keys(of).join(' with '))
  const names = [...Object.keys(parameters), ...together].join(', ')
  if (names === '') return 'who was asked for beliefs had none'
  return givenUp
    ? `what is believed of ${names} was given up: trials get worse the more it says for them`
    : `what is believed of ${names} counts, to the power of ${weight.toPrecision(2)}`
}

const SHOWN = 5

/** The parameters with the shortest length scales, and the share of noise. */
function notesOnModel({ history }: GpState, { hyper, kernel, warp }: Model): string[] {
  if (warp?.bend === 0) return ['all values are the same: what is proposed is what is least known']
  const { searched } = history.encoding.space
  const order = [...searched.keys()].sort((a, b) => hyper.lengthScales[a]! - hyper.lengthScales[b]! || a - b)
  const shown = order.slice(0, SHOWN).map((d) => searched[d]!.name)
  const share = kernel.noise / (kernel.noise + kernel.signal)
  return [
    `matter most, by their length scales: ${shown.join(', ')}`,
    `of the variance between trials, ${(100 * share).toPrecision(2)} % is taken for noise`,
  ]
}
