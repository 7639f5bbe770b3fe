/** Documentation names files by their paths: every path that a markdown file names must exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fromRoot } from '../src/root.js'

/** Records of past states: they keep the names that files had then. */
const RECORDS = ['LOG.md', 'CHANGELOG.md']
const FOLDERS = ['.', 'docs', 'bench/results', 'bench/results/parallel', 'trainer/landscape']

const pages = FOLDERS.flatMap((folder) =>
  readdirSync(fromRoot(folder))
    .filter((name) => name.endsWith('.md') && !RECORDS.includes(name))
    .map((name) => join(folder, name)),
)

describe('documentation', () => {
  test('is found', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'docs/api.md']))
  })

  test.each(pages)('%s names only files that exist', (page) => {
    const text = readFileSync(fromRoot(page), 'utf8')
    const missing = [...namedPaths(text), ...linkedPaths(text, page)].filter(
      (path) => !existsSync(fromRoot(path)),
    )
    expect(missing).toEqual([])
  })

  test('docs/README.md lists every page of docs/', () => {
    const index = readFileSync(fromRoot('docs/README.md'), 'utf8')
    const names = readdirSync(fromRoot('docs')).filter((name) => name.endsWith('.md') && name !== 'README.md')
    expect(names.filter((name) => !index.includes(`(${name})`))).toEqual([])
  })
})

/** Folders that the bench creates and git ignores. */
const GENERATED = /^bench\/(\.cache|results\/quick)/
const PATH =
  /(?<![\w./-])(?:src|optimizers|search-spaces|test|bench|trainer|bin)\/[\w./-]*[\w/](?!\.?[\w*<{…])/g

/**
 * Paths such as src/app.ts or optimizers/gp/. Patterns (bench/results/centaur.*) and the table of rooms do not count.
 */
function namedPaths(text: string): string[] {
  const prose = text.replace(/```rooms\n[\s\S]*?```/, '')
  return [...prose.matchAll(PATH)].map(([path]) => path).filter((path) => !GENERATED.test(path))
}

function linkedPaths(text: string, page: string): string[] {
  return [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => join(dirname(page), target!))
}
