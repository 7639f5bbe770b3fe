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
}

const registry: readonly Entry[] = [
  { optimizer: random, description: 'Uniform in the space; in a small discrete one nothing runs twice.' },
  { optimizer: sobol, description: 'A scrambled Sobol sequence: fills the space more evenly than chance.' },
  { optimizer: tpe, description: 'Parzen estimators of where trials are good, bad, and where they fail.' },
  {
    optimizer: cmaes,
    description:
      'A normal distribution and probabilities of choices that move to where trials are good: for numeric parameters and many trials, not for spaces of conditions and names.',
  },
  {
    optimizer: gp,
    description: 'A model of what every configuration is worth: fewest trials, where each costs much.',
  },
  {
    optimizer: smac,
    description:
      'A random forest of what every configuration is worth: many unordered and conditional parameters.',
  },
]

export function optimizerNamed(kind: string): Optimizer<unknown> | undefined {
  return registry.find(({ optimizer }) => optimizer.kind === kind)?.optimizer
}

export function optimizerKinds() {
  return registry.map(({ optimizer, description }) => ({
    kind: optimizer.kind,
    description,
    options: optimizer.options({}),
  }))
}
