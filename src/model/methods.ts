/** Named methods: presets of an optimizer and its company. */
import { optimizerKinds } from '../../optimizers/index.js'
import type { SearchMethod } from '../../optimizers/search.js'

export interface Method {
  readonly name: string
  readonly description: string
  readonly method: SearchMethod
}

export const METHODS: readonly Method[] = optimizerKinds().map(({ kind, description, options }) => ({
  name: kind,
  description,
  method: { optimizer: { kind, ...(options as object) } },
}))

export function methodNamed(name: string): SearchMethod | undefined {
  return METHODS.some((m) => m.name === name) ? { optimizer: { kind: name } } : undefined
}
