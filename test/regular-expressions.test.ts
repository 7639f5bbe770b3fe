/**
 * Refuses regular expressions that can take quadratic or exponential time: an unbounded repetition of a group in which
 * there are alternatives or further unbounded repetitions. `(?:[^"\\]|\\.)*` is one: at a string without an end it is
 * tried again from each quote in it. Such a text is read by a scanner (src/domain/json-text.ts).
 */
import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { fromRoot } from '../src/root.js'

const ROOMS = ['src', 'search-spaces', 'optimizers', 'trainer']

/** Each is known to be linear, for the reason beside it. */
const LINEAR: Readonly<Record<string, string>> = {
  '/(?:"([^"]*(?:""[^"]*)*)"|([^",\\r\\n]*))(,|\\r?\\n|$)/y':
    'sticky, and each repetition begins with a quote that the part before it cannot match',
}

interface Found {
  readonly file: string
  readonly expression: string
}

function expressionsIn(file: string): Found[] {
  const source = readFileSync(fromRoot(file), 'utf8')
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const found: Found[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push({ file, expression: node.text })
    node.forEachChild(visit)
  }
  visit(tree)
  return found
}

/** Whether an unbounded repetition has alternatives or an unbounded repetition within. */
function isAmbiguous(expression: string): boolean {
  const plain = expression.replace(/\\./gs, 'x').replace(/\[[^\]]*\]/g, 'x')
  const opened: { unsteady: boolean }[] = []
  for (let i = 0; i < plain.length; i++) {
    if (plain[i] === '(') opened.push({ unsteady: false })
    const group = plain[i] === ')' ? opened.pop() : undefined
    if (group?.unsteady && isUnbounded(plain, i + 1)) return true
    const inner = opened.at(-1)
    if (inner && (group?.unsteady || plain[i] === '|' || isUnbounded(plain, i))) inner.unsteady = true
  }
  return false
}

function isUnbounded(plain: string, i: number): boolean {
  return /^(?:[*+]|\{\d+,\})/.test(plain.slice(i, i + 12))
}

const files = ROOMS.flatMap((room) =>
  readdirSync(fromRoot(room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${room}/${path}`),
)

describe('regular expressions', () => {
  it('do not repeat a group that has alternatives or repetitions within', () => {
    const found = files.flatMap(expressionsIn)
    expect(found.length).toBeGreaterThan(50)
    const refused = found.filter(({ expression }) => isAmbiguous(expression) && !(expression in LINEAR))
    expect(refused).toEqual([])
  })

  it.each(['/("(?:[^"\\\\]|\\\\.)*")(\\s*:)?/', '/(a+)+$/', '/(a|b)*/', '/((ab)*c){2,}/', '/(x(a|b))+/'])(
    'are refused where they are ambiguous: %s',
    (expression) => expect(isAmbiguous(expression)).toBe(true),
  )

  it.each(['/^a+b*$/', '/(abc)+/', '/(a|b){1,3}/', '/[(|)]*/', '/\\(a|b\\)+/', '/^-?\\d+(\\.\\d+)?$/'])(
    'are taken where they are not: %s',
    (expression) => expect(isAmbiguous(expression)).toBe(false),
  )
})
