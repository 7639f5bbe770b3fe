/** What gp knows, for a person: where its best trials are, which parameters matter, and what it fell back to. */
import type { Description, HeldBeliefs } from '../contract.js'
import { isContradicted, type Prior, priorWeight } from '../surrogate/beliefs.js'
import { describeParameters } from '../surrogate/describe.js'
import { paramsAt } from '../surrogate/encoding.js'
import { isStarting } from '../surrogate/starting-design.js'
import type { Model } from './model.js'
import { startupOf } from './proposal.js'
import { rankedByMean } from './recommend.js'
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
    parameters: describeParameters(encoding.space, bestTenth(state, model)),
    ...(beliefs && { beliefs }),
    notes: [...notes(state, model), ...(beliefs ? [noteOnBeliefs(beliefs)] : [])],
  }
}

/** The configurations of the best tenth by posterior mean, best first. */
function bestTenth({ history: { encoding, succeeded, points } }: GpState, model: Model) {
  const best = rankedByMean(model).slice(0, Math.ceil(succeeded.length / 10))
  return best.map((i) => paramsAt(encoding, points[succeeded[i]!]!))
}

function notes(state: GpState, model: Model): string[] {
  const { history } = state
  const { succeeded, results } = history
  const startup = startupOf(state)
  const failures = results.filter(({ kind }) => kind === 'failed').length
  const beyond = results.length - succeeded.length - failures
  const said: string[] = []
  if (succeeded.length === 0 && failures > 0) {
    said.push(`all ${failures} trials failed: points fill the space until one gives a value`)
  } else if (isStarting(history, startup)) {
    said.push(`start-up: ${succeeded.length} of ${startup} trials have given a value, points fill the space`)
  } else if (model.warp?.bend === 0) {
    said.push('all values are the same: what is proposed is what is least known')
  } else said.push(...notesOnParameters(state, model))
  if (failures > 0 && succeeded.length > 0) {
    said.push(`failed: ${failures} of ${results.length} trials, kept away from by a model of their own`)
  }
  if (beyond > 0) {
    said.push(
      `beyond a cliff: ${beyond} of ${results.length} trials, whose values are so far off that they count as failed`,
    )
  }
  return said
}

function heldBeliefs({ history }: GpState, prior: Prior, { values }: Model): HeldBeliefs {
  const { points, succeeded, results } = history
  const units = succeeded.map((index) => points[index]!.unit)
  const givenUp = isContradicted(prior, units, values)
  const weight = givenUp ? 0 : priorWeight(prior, results.length)
  return { ...prior.beliefs, since: prior.since, weight, givenUp }
}

function noteOnBeliefs({ parameters, weight, givenUp }: HeldBeliefs): string {
  const names = Object.keys(parameters).join(', ')
  if (names === '') return 'who was asked for beliefs had none'
  return givenUp
    ? `what is believed of ${names} was given up: trials get worse the more it says for them`
    : `what is believed of ${names} counts, to the power of ${weight.toPrecision(2)}`
}

const SHOWN = 5

/** The parameters with the shortest length scales, and the share of noise. */
function notesOnParameters({ history }: GpState, { hyper, kernel }: Model): string[] {
  const { searched } = history.encoding.space
  const order = [...searched.keys()].sort((a, b) => hyper.lengthScales[a]! - hyper.lengthScales[b]! || a - b)
  const shown = order.slice(0, SHOWN).map((d) => searched[d]!.name)
  const share = kernel.noise / (kernel.noise + kernel.signal)
  return [
    `matter most, by their length scales: ${shown.join(', ')}`,
    `of the variance between trials, ${(100 * share).toPrecision(2)} % is taken for noise`,
  ]
}
