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
    parseExpression(text).traverse((node, path) => {
      if (isNode(node, 'SymbolNode') && path !== 'fn') found.push(node.name as string)
    })
  } catch {
    return []
  }
  return found
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
  try {
    return parser(text)
  } catch (error) {
    throw new ExpressionError(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
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
