/** The walks of ARCHITECTURE.md name functions with their files: each must be there. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromRoot } from '../src/root.js'

const text = readFileSync(fromRoot('ARCHITECTURE.md'), 'utf8')

/** `name` (path), or `name`, path) inside a parenthesis. */
const named = [
  ...text.matchAll(
    /`(\w+)`\s*\(((?:src|optimizers|search-spaces|trainer)\/[\w./-]+\.ts)\)|`(\w+)`,\s+((?:src|optimizers|search-spaces|trainer)\/[\w./-]+\.ts)\)/g,
  ),
].map(([, a, b, c, d]) => ({ name: (a ?? c)!, file: (b ?? d)! }))

describe('the walks of ARCHITECTURE.md', () => {
  it('name functions with their files', () => {
    expect(named.length).toBeGreaterThan(30)
  })

  it.each(named)('find $name in $file', ({ name, file }) => {
    const source = readFileSync(fromRoot(file), 'utf8')
    const declared = new RegExp(
      `(function\\*? |class |interface |const |type )${name}\\b|^  (private |async |readonly )*${name}(<[^>]*>)?\\(`,
      'm',
    )
    expect(source).toMatch(declared)
  })
})
