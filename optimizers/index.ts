/** Every optimizer that a study can name. */
import { cmaes } from './cmaes/index.js'
import type { Optimizer } from './contract.js'
import { smac } from './forest/index.js'
import { gp } from './gp/index.js'
import { random } from './random/index.js'
import { sobol } from './sobol/index.js'
import { tpe } from './tpe/index.js'

interface Entry {
  readonly optimizer: Optimizer<unknown>
  readonly description: string
  /** Which study it is for, in one line. */
  readonly when: string
}

const registry: readonly Entry[] = [
  {
    optimizer: random,
    description: 'Uniform in the space; in a small discrete one nothing runs twice.',
    when: 'A baseline, or hundreds of workers at once.',
  },
  {
    optimizer: sobol,
    description: 'A scrambled Sobol sequence: fills the space more evenly than chance.',
    when: 'An even first look at a space.',
  },
  {
    optimizer: tpe,
    description: 'Parzen estimators of where trials are good, bad, and where they fail.',
    when: 'Conditional and categorical spaces, up to thousands of trials.',
  },
  {
    optimizer: cmaes,
    description:
      'A normal distribution and probabilities of choices that move to where trials are good: for numeric parameters and many trials, not for spaces of conditions and names.',
    when: 'Numbers only, hundreds of trials, many at a time.',
  },
  {
    optimizer: gp,
    description: 'A model of what every configuration is worth: fewest trials, where each costs much.',
    when: 'Up to a thousand trials, each of which takes minutes or more.',
  },
  {
    optimizer: smac,
    description:
      'A random forest of what every configuration is worth: many unordered and conditional parameters.',
    when: 'Many names and conditions, where each trial takes minutes or more.',
  },
]

export function optimizerNamed(kind: string): Optimizer<unknown> | undefined {
  return registry.find(({ optimizer }) => optimizer.kind === kind)?.optimizer
}

export function optimizerKinds() {
  return registry.map(({ optimizer, description, when }) => ({
    kind: optimizer.kind,
    description,
    when,
    options: optimizer.options({}),
    optionsSchema: optimizer.optionsSchema,
  }))
}
