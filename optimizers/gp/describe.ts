/** What gp believes: where the best trials are by its own reckoning, what matters, and what it fell back to. */
import type { Parameter } from '../../search-spaces/types.js'
import type { Description, HeldBeliefs } from '../contract.js'
import { contradicted, type Prior, weightAt } from './beliefs.js'
import { paramsAt } from './encoding.js'
import type { Model } from './model.js'
import { isStarting, startupOf } from './proposal.js'
import { ranked } from './recommend.js'
import type { GpState } from './state.js'

export function describe(state: GpState): Description {
  const { history, models } = state
  const { encoding, results, told } = history
  const failures = results.length - told.length
  const model = models.value()
  const best = bestTenth(state, model)
  const beliefs = state.prior && held(state, state.prior, model)
  return {
    kind: 'gp',
    observations: results.length,
    failures,
    parameters: Object.fromEntries(
      encoding.space.searched.flatMap((parameter) => {
        const values = best.flatMap((params) => params[parameter.name] ?? [])
        return values.length === 0 ? [] : [[parameter.name, among(parameter, values)]]
      }),
    ),
    ...(beliefs && { beliefs }),
    notes: [...notes(state, model), ...(beliefs ? [ofBeliefs(beliefs)] : [])],
  }
}

/** Configurations, best first. */
function bestTenth({ history: { encoding, told, points } }: GpState, model: Model) {
  const best = ranked(model).slice(0, Math.ceil(told.length / 10))
  return best.map((i) => paramsAt(encoding, points[told[i]!]!))
}

type Believed = Description['parameters'][string]

/** The best one's value and the range of the others; of an unordered parameter, how often they have each. */
function among({ numeric, levels, level, toUnit }: Parameter, values: Believed['mean'][]): Believed {
  if (numeric) {
    const sorted = values.map((value) => value!).sort((a, b) => toUnit(a) - toUnit(b))
    return { mean: values[0]!, low: sorted[0]!, high: sorted.at(-1)! }
  }
  const shares = Array.from({ length: levels }, (_, i) => {
    const count = values.filter((value) => value === level(i)).length
    return [String(level(i)), count / values.length] as const
  })
  return { probabilities: Object.fromEntries(shares) }
}

function notes(state: GpState, model: Model): string[] {
  const { told, results } = state.history
  const startup = startupOf(state)
  const failures = results.length - told.length
  const said: string[] = []
  if (told.length === 0 && failures > 0) {
    said.push(`all ${failures} trials failed: points fill the space until one gives a value`)
  } else if (isStarting(state)) {
    said.push(`start-up: ${told.length} of ${startup} trials have given a value, points fill the space`)
  } else if (model.warp?.bend === 0) {
    said.push('all values are the same: what is proposed is what is least known')
  } else said.push(...whatMatters(state, model))
  if (failures > 0 && told.length > 0) {
    said.push(`failed: ${failures} of ${results.length} trials, kept away from by a model of their own`)
  }
  return said
}

function held({ history }: GpState, prior: Prior, { values }: Model): HeldBeliefs {
  const { points, told, results } = history
  const units = told.map((place) => points[place]!.unit)
  const givenUp = contradicted(prior, units, values)
  const weight = givenUp ? 0 : weightAt(prior, results.length)
  return { ...prior.beliefs, since: prior.since, weight, givenUp }
}

function ofBeliefs({ parameters, weight, givenUp }: HeldBeliefs): string {
  const names = Object.keys(parameters).join(', ')
  if (names === '') return 'who was asked for beliefs had none'
  return givenUp
    ? `what is believed of ${names} was given up: trials get worse the more it says for them`
    : `what is believed of ${names} counts, to the power of ${weight.toPrecision(2)}`
}

const SHOWN = 5

function whatMatters({ history }: GpState, { hyper, kernel }: Model): string[] {
  const { searched } = history.encoding.space
  const order = [...searched.keys()].sort((a, b) => hyper.lengths[a]! - hyper.lengths[b]! || a - b)
  const shown = order.slice(0, SHOWN).map((d) => searched[d]!.name)
  const share = kernel.noise / (kernel.noise + kernel.signal)
  return [
    `matter most, by their length scales: ${shown.join(', ')}`,
    `of the variance between trials, ${(100 * share).toPrecision(2)} % is taken for noise`,
  ]
}
