/** Parses expressions with mathjs. Only its parser is used; mathjs never evaluates anything here. */
import { createRequire } from 'node:module'
import type { MathNode } from 'mathjs'

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

const MAX_LENGTH = 500
export const MAX_DEPTH = 100

/** The fields of mathjs's nodes that the compiler reads. `type` is the kind of node. */
export interface Node extends MathNode {
  readonly [field: string]: unknown
}

/** The names that an expression reads, known or not; empty if it cannot be parsed. */
export function namesIn(text: string): string[] {
  const found: string[] = []
  try {
    parseExpression(text).traverse((node, path, parent) => {
      const isPart = path === 'fn' || parent?.type === 'AccessorNode'
      const name = isPart ? undefined : nameOf(node)
      if (name !== undefined) found.push(name)
    })
  } catch {
    return []
  }
  return found
}

/** The name that a node reads. mathjs takes the dots of a name for access to properties, which do not exist here. */
export function nameOf(node: MathNode): string | undefined {
  if (isNode(node, 'SymbolNode')) return node.name as string
  if (!isNode(node, 'AccessorNode') || node.optionalChaining) return undefined
  const { dimensions, dotNotation } = node.index as { dimensions: readonly Node[]; dotNotation: boolean }
  const before = nameOf(node.object as MathNode)
  return dotNotation && before !== undefined ? `${before}.${dimensions[0]!.value}` : undefined
}

function isNode(node: MathNode, kind: string): node is Node {
  return node.type === kind
}

/** Loaded on first use, because loading mathjs is slow and many spaces have no expressions. */
let parser: ((text: string) => MathNode) | undefined

export function parseExpression(text: string): MathNode {
  if (text.length > MAX_LENGTH) throw new ExpressionError(`${text.length} characters; ${MAX_LENGTH} at most`)
  if (nestingDepth(text) > MAX_DEPTH)
    throw new ExpressionError(`nested too deeply; ${MAX_DEPTH} levels at most`)
  parser ??= loadParser()
  const { plain, names } = withoutBackticks(text)
  try {
    return withNames(parser(plain), names)
  } catch (error) {
    throw new ExpressionError(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** mathjs knows no backticks: a symbol stands for each name in them. Backticks in a string are left as they are. */
function withoutBackticks(text: string): { plain: string; names: ReadonlyMap<string, string> } {
  const names = new Map<string, string>()
  let plain = ''
  for (let i = 0; i < text.length; ) {
    const end = QUOTES.includes(text[i]!) ? quotedEnd(text, i) : i + 1
    if (text[i] !== '`') plain += text.slice(i, end)
    else {
      if (end > text.length) throw new ExpressionError('a name in backticks has no end')
      const symbol = `$${names.size}`
      names.set(symbol, text.slice(i + 1, end - 1))
      plain += ` ${symbol} `
    }
    i = end
  }
  return { plain, names }
}

const QUOTES = '"\'`'

/** Behind the closing quote; behind the text where there is none. */
function quotedEnd(text: string, from: number): number {
  let i = from + 1
  while (i < text.length && text[i] !== text[from]) i += text[i] === '\\' ? 2 : 1
  return i + 1
}

function withNames(tree: MathNode, names: ReadonlyMap<string, string>): MathNode {
  if (names.size === 0) return tree
  return tree.transform((node) => {
    const name = isNode(node, 'SymbolNode') ? names.get(node.name as string) : undefined
    return name === undefined ? node : Object.assign(node.clone(), { name })
  })
}

function loadParser(): (text: string) => MathNode {
  const { create, parseDependencies } = createRequire(import.meta.url)(
    'mathjs/number',
  ) as typeof import('mathjs')
  const { parse } = create({ parseDependencies: parseDependencies! })
  return (text) => parse(text)
}

function nestingDepth(text: string): number {
  let depth = 0
  let deepest = 0
  for (const character of text) {
    if (character === '(') deepest = Math.max(deepest, ++depth)
    if (character === ')') depth--
  }
  return deepest
}
