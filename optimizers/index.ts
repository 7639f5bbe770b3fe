/** Every optimizer that a study can name. */
import type { Optimizer } from './contract.js'
import { random } from './random/index.js'

interface Entry {
  readonly optimizer: Optimizer<unknown, unknown>
  readonly description: string
}

const registry: readonly Entry[] = [
  { optimizer: random, description: 'Uniform in the space; in a small discrete one nothing runs twice.' },
]

export function optimizerNamed(kind: string): Optimizer<unknown, unknown> | undefined {
  return registry.find(({ optimizer }) => optimizer.kind === kind)?.optimizer
}

export function optimizerKinds() {
  return registry.map(({ optimizer, description }) => ({
    kind: optimizer.kind,
    description,
    options: optimizer.options({}),
  }))
}
