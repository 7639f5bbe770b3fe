/** Reads the imports of a source file, and its uses of clock, randomness and I/O, from its syntax. */
import { builtinModules } from 'node:module'
import ts from 'typescript'

export function importsOf(source: string): string[] {
  return ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName)
}

/** Globals that give access to the clock, to unseeded randomness, or to the world outside the process. */
const OUTSIDE = new Set(['Date', 'performance', 'process', 'fetch', 'crypto', 'console', 'globalThis'])

export interface Use {
  readonly line: number
  /** `Date`, `Math.random`, or `module#name` of what is imported from Node. */
  readonly what: string
}

export function outsideUsesOf(source: string): Use[] {
  const tree = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true)
  const uses: Use[] = []
  const visit = (node: ts.Node): void => {
    const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
    uses.push(...usesAt(node).map((what) => ({ line, what })))
    node.forEachChild(visit)
  }
  visit(tree)
  return uses
}

function usesAt(node: ts.Node): string[] {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return takenFromNode(node)
  if (ts.isCallExpression(node))
    return node.arguments.filter(ts.isStringLiteral).flatMap(loadedFromNode(node))
  if (!ts.isIdentifier(node) || isOnlyAName(node)) return []
  if (OUTSIDE.has(node.text)) return [node.text]
  return node.text === 'Math' && !isHarmlessMath(node) ? ['Math.random'] : []
}

function takenFromNode(node: ts.ImportDeclaration | ts.ExportDeclaration): string[] {
  const from = node.moduleSpecifier
  if (!from || !ts.isStringLiteral(from) || !isNodes(from.text)) return []
  if (ts.isExportDeclaration(node)) return [`${from.text}#*`]
  const clause = node.importClause
  if (!clause) return [from.text]
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return []
  const named = clause.namedBindings
  const names = named && ts.isNamedImports(named) ? named.elements.filter((e) => !e.isTypeOnly) : []
  return [
    ...(clause.name ? ['default'] : []),
    ...(named && ts.isNamespaceImport(named) ? ['*'] : []),
    ...names.map((element) => (element.propertyName ?? element.name).text),
  ].map((name) => `${from.text}#${name}`)
}

/** import('node:fs'), require('fs'). */
function loadedFromNode(call: ts.CallExpression): (argument: ts.StringLiteral) => string[] {
  const callee = call.expression
  const loads =
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
  return (argument) => (loads && isNodes(argument.text) ? [argument.text] : [])
}

function isNodes(module: string): boolean {
  return module.startsWith('node:') || builtinModules.includes(module)
}

/** A property, a parameter or a variable that happens to be called so; `{ process }` is a use all the same. */
function isOnlyAName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return false
  if (ts.isBindingElement(parent) && parent.propertyName === node) return true
  return 'name' in parent && parent.name === node
}

/** Math.floor, but not Math['random'], nor Math handed on whole. */
function isHarmlessMath({ parent }: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(parent) && parent.name.text !== 'random'
}
