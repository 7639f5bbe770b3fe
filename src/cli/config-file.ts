/**
 * The hyperparameters of a YAML file as Hydra and OmegaConf read it: every number and truth value, named by its path
 * (`optim.lr`). What Hydra itself reads (`defaults`, `hydra`, `_target_`) is none.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { Fault } from '../faults.js'
import type { FoundHyperparameters, Hyperparameter, LeftOut } from './hyperparameters.js'

export function readConfigFile(name: string, text: string): FoundHyperparameters {
  const lines = new LineCounter()
  // OmegaConf reads YAML 1.1, where `on` is a truth value.
  const document = parseDocument(text, { version: '1.1', lineCounter: lines })
  const [error] = document.errors
  if (error) throw new Fault('invalid_request', `${name} cannot be read: ${error.message.split('\n')[0]}`)
  const found: Hyperparameter[] = []
  const left: LeftOut[] = []

  const visit = (node: unknown, path: readonly string[]): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const word = String(isScalar(key) ? key.value : key)
        if (!isOfHydra(word, path)) visit(value, [...path, word])
      }
      return
    }
    const at = path.join('.')
    const value = isScalar(node) ? node.value : node
    const type = typeOf(value)
    if (type !== null && !isComputed(value)) found.push({ name: at, type, value: value as never })
    else left.push({ name: at, line: lineOf(node, lines), reason: whyNot(node, value) })
  }
  visit(document.contents, [])
  return { found, left }
}

function isOfHydra(word: string, path: readonly string[]): boolean {
  return /^_\w+_$/.test(word) || (path.length === 0 && (word === 'defaults' || word === 'hydra'))
}

function typeOf(value: unknown): Hyperparameter['type'] | null {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'str'
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  return Number.isInteger(value) ? 'int' : 'float'
}

function isComputed(value: unknown): boolean {
  return typeof value === 'string' && (value.includes('${') || value === '???')
}

function whyNot(node: unknown, value: unknown): string {
  if (isSeq(node))
    return 'it has several values: give each one a name of its own, or make it a categorical with texts'
  if (value === '???') return 'it has no value yet'
  if (typeof value === 'string') return `it is computed from ${value}`
  return 'it is null, which says no type'
}

function lineOf(node: unknown, lines: LineCounter): number {
  const offset = (node as Node | null)?.range?.[0]
  return offset === undefined ? 0 : lines.linePos(offset).line
}
