/**
 * Refuses regular expressions that can take quadratic or exponential time. `(?:[^"\\]|\\.)*` behind a quote is one: at a
 * string without an end it is tried again from each quote in it. Such a text is read by a scanner
 * (src/domain/json-text.ts). The steps of each expression are counted on texts that are made to cost most.
 */
import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { fromRoot } from '../src/root.js'
import { stepGrowth } from './regular-expression-steps.js'

const ROOMS = ['src', 'search-spaces', 'optimizers', 'trainer', 'bin']

/** Expressions that are made while the program runs, and why they may be. */
const MADE: Readonly<Record<string, string>> = {
  'CELL, src/http/import-rows.ts': 'a copy of a literal, with a state of its own',
  "UNSTORABLE, 'g', src/domain/storable-text.ts": 'a copy of a literal',
  "f.pattern, 'm', src/dispatch/jobs/outcome.ts": 'the operator’s, of a trainer profile',
  "`^(${name}[ \\\\t]*(?::[^=\\\\n]*)?=[ \\\\t]*)(\"[^\"\\\\n]*\"|'[^'\\\\n]*'|[^#\"'\\\\n]*?)([ \\\\t]*(?:#.*)?)$`, 'm', src/agents/editors.ts":
    'a name of the space, on a program that only a control without a model has edited',
  'text, src/dispatch/profiles/availability.ts': 'the operator’s, tried while the profile is read',
}

interface Found {
  readonly literals: readonly string[]
  readonly made: readonly string[]
}

function expressionsIn(file: string): Found {
  const tree = ts.createSourceFile(file, readFileSync(fromRoot(file), 'utf8'), ts.ScriptTarget.Latest, true)
  const literals: string[] = []
  const made: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) literals.push(node.text)
    const isCall = ts.isNewExpression(node) || ts.isCallExpression(node)
    if (isCall && node.expression.getText(tree) === 'RegExp')
      made.push([...(node.arguments ?? []).map((argument) => argument.getText(tree)), file].join(', '))
    node.forEachChild(visit)
  }
  visit(tree)
  return { literals, made }
}

function compiled(literal: string): RegExp {
  const end = literal.lastIndexOf('/')
  return new RegExp(literal.slice(1, end), literal.slice(end + 1))
}

const files = ROOMS.flatMap((room) =>
  readdirSync(fromRoot(room), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs|js)$/.test(path))
    .map((path) => `${room}/${path}`),
)
const found = files.map(expressionsIn)
const literals = [...new Set(found.flatMap((file) => file.literals))]

/** Of a text twice as long: 2 is linear, 4 is quadratic; the rest is for what is counted once. */
const LINEAR = 2.5

describe('regular expressions', () => {
  it('are found', () => {
    expect(literals.length).toBeGreaterThan(50)
  })

  it.each(literals)('take linear time: %s', (literal) => {
    const { growth, text } = stepGrowth(compiled(literal))
    expect(growth, JSON.stringify(text)).toBeLessThan(LINEAR)
  })

  it('are made while the program runs only where it is said why', () => {
    expect(found.flatMap((file) => file.made).sort()).toEqual(Object.keys(MADE).sort())
  })
})

describe('the counting', () => {
  it.each([
    /"(?:[^"\\]|\\.)*"/g,
    /("(?:[^"\\]|\\.)*")(\s*:)?/,
    /(a+)+$/,
    /^(a|a)*$/,
    /^(\w+\s?)*$/,
    /\s+$/,
    /numpy.*Error/,
    /^\s*a?\s*b/,
    /<!--.*?-->/,
    /(x(a|b)*)+y/,
  ])('finds what is not linear: %s', (expression) => {
    expect(stepGrowth(expression).growth).toBeGreaterThan(LINEAR)
  })

  it.each([
    /^a+b*$/,
    /(abc)+/,
    /(a|b){1,3}/,
    /[(|)]*/,
    /\(a|b\)+/,
    /^-?\d+(\.\d+)?$/,
    /^"(?:[^"\\]|\\.)*"$/,
    /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y,
  ])('takes what is: %s', (expression) => {
    expect(stepGrowth(expression).growth).toBeLessThan(LINEAR)
  })
})
