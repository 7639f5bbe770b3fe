/** Checks every import against the table of rooms in ARCHITECTURE.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importsOf, outsideUsesOf } from './source-code.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The table of rooms in ARCHITECTURE.md: `room → rooms it may enter   # what it is`, and last the pure ones. */
const table = readTable(read('ARCHITECTURE.md'))
const mayEnter = table.mayEnter
/** Pure rooms use no clock, no unseeded randomness, no input and no output. */
const { pure } = table
/** A digest depends on its input alone. mathjs takes a third of a second to load, and few spaces need it. */
const pureParts = ['node:crypto#createHash', 'node:module#createRequire']

const files = [...new Set(Object.keys(mayEnter).map((room) => room.split('/')[0]!))].flatMap(sourcesIn)

describe('rooms', () => {
  test('every import is allowed by the table', () => {
    expect(files.flatMap((file) => trespasses(file, read(file)))).toEqual([])
  })

  test('the table allows no import that its room does not use', () => {
    const used = new Map<string, Set<string>>(Object.keys(mayEnter).map((room) => [room, new Set()]))
    for (const file of files)
      for (const other of roomsEntered(file, read(file))) used.get(roomOf(file))?.add(other)
    const idle = Object.entries(mayEnter).flatMap(([room, others]) =>
      others
        .filter((other) => other !== 'src/*' && !used.get(room)!.has(other))
        .map((other) => `${room} → ${other}`),
    )
    expect(idle).toEqual([])
  })

  test('the table has no cycle', () => {
    const reaches = (room: string, seen: readonly string[] = []): string[] =>
      (mayEnter[room] ?? []).flatMap((other) =>
        seen.includes(other) ? [[...seen, other].join(' → ')] : reaches(other, [...seen, other]),
      )
    expect(Object.keys(mayEnter).flatMap((room) => reaches(room, [room]))).toEqual([])
  })

  test.each(pure)('%s is pure', (room) => {
    const own = files.filter((file) => roomOf(file) === room)
    expect(own.length).toBeGreaterThan(0)
    expect(own.flatMap((file) => impurities(file, read(file)))).toEqual([])
  })

  test('a file is named after its job', () => {
    const jobless = /(^|\/)(utils?|helpers?|common|interfaces?|misc)([./]|$)/
    expect(files.filter((file) => jobless.test(file))).toEqual([])
  })
})

describe('the checks themselves', () => {
  test.each([
    "import { a } from '../src/faults.js'",
    "import type { a } from '../src/faults.js'",
    "import '../src/faults.js'",
    "export * from '../src/faults.js'",
    "const a = await import('../src/faults.js')",
    "const a = require('../src/faults.js')",
    "let a: import('../src/faults.js').Fault",
  ])('detects the import %s', (source) => {
    expect(trespasses('optimizers/a.ts', source)).toEqual([
      'optimizers/a.ts imports ../src/faults.js: optimizers may enter only search-spaces, not src/faults',
    ])
  })

  test('detects a room that is not in the table', () => {
    expect(trespasses('src/attic/a.ts', '')).toEqual([expect.stringContaining('src/attic has no place')])
    expect(trespasses('src/http/a.ts', "import '../attic/a.js'")).toEqual([
      expect.stringContaining('not src/attic'),
    ])
  })

  test.each([
    ['const a = Date.now()', 'Date'],
    ['const a = new Date()', 'Date'],
    ['const a = Math.random()', 'Math.random'],
    ["const a = Math['random']()", 'Math.random'],
    ['const { random } = Math', 'Math.random'],
    ['const a = performance.now()', 'performance'],
    ['const a = process.env.A', 'process'],
    ['const a = { process }', 'process'],
    ["await fetch('http://a')", 'fetch'],
    ["import { readFileSync } from 'node:fs'", 'node:fs#readFileSync'],
    ["import { readFileSync as hash } from 'fs'", 'fs#readFileSync'],
    ["import fs from 'node:fs'", 'node:fs#default'],
    ["import * as crypto from 'node:crypto'", 'node:crypto#*'],
    ["import { createHash, randomBytes } from 'node:crypto'", 'node:crypto#randomBytes'],
    ["export * from 'node:fs'", 'node:fs#*'],
    ["const fs = await import('node:fs')", 'node:fs'],
    ["const fs = require('fs')", 'fs'],
  ])('detects the impurity of %s', (source, what) => {
    expect(impurities('optimizers/a.ts', source)).toEqual([
      `optimizers/a.ts:1 uses ${what}: optimizers is pure`,
    ])
  })

  test('accepts code that only looks impure', () => {
    const source = `
      import { createHash } from 'node:crypto'
      import type { Stats } from 'node:fs'
      const a = { Date: Math.floor(b.process), fetch: (performance: number) => createHash('sha256') }`
    expect(impurities('optimizers/a.ts', source)).toEqual([])
  })
})

function trespasses(file: string, source: string): string[] {
  const room = roomOf(file)
  const allowed = mayEnter[room]
  if (!allowed) return [`${file}: ${room} has no place in the table of rooms: say there what it may enter`]
  return relativeImports(file, source)
    .filter(({ other }) => other !== room && !opens(allowed, other))
    .map(
      ({ path, other }) =>
        `${file} imports ${path}: ${room} may enter only ${allowed.join(', ') || 'packages'}, not ${other}`,
    )
}

function relativeImports(file: string, source: string): { path: string; other: string }[] {
  return importsOf(source)
    .filter((path) => path.startsWith('.'))
    .map((path) => ({ path, other: roomOf(join(dirname(file), path)) }))
}

function roomsEntered(file: string, source: string): string[] {
  return relativeImports(file, source).map(({ other }) => other)
}

function readTable(markdown: string): { mayEnter: Record<string, string[]>; pure: string[] } {
  const block = /```rooms\n([\s\S]*?)```/.exec(markdown)?.[1]
  if (block === undefined) throw new Error('ARCHITECTURE.md has no block ```rooms')
  const mayEnter: Record<string, string[]> = {}
  let pure: string[] = []
  for (const line of block.split('\n').filter((l) => l.trim() !== '')) {
    const [, room, sign, others] = /^(\S+)\s*([→:])([^#]*)/.exec(line) ?? []
    if (room === undefined) throw new Error(`not a line of the table of rooms: ${line}`)
    const names = others!
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    if (sign === ':') pure = names
    else mayEnter[room] = names
  }
  return { mayEnter, pure }
}

function impurities(file: string, source: string): string[] {
  return outsideUsesOf(source)
    .filter(({ what }) => !pureParts.includes(what))
    .map(({ line, what }) => `${file}:${line} uses ${what}: ${roomOf(file)} is pure`)
}

function opens(allowed: readonly string[], room: string): boolean {
  return allowed.includes(room) || (room.startsWith('src/') && allowed.includes('src/*'))
}

/** Of src/http/routes.ts: src/http; of src/app.ts: src/app; of optimizers/tpe/ask.ts: optimizers. */
function roomOf(file: string): string {
  const [top, next = ''] = file.replace(/^dist\//, '').split('/')
  return top === 'src' ? `src/${next.split('.')[0]}` : top!
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return /^\.|^node_modules$/.test(entry.name) ? [] : sourcesIn(path)
    return /\.m?[tj]sx?$/.test(entry.name) ? [path] : []
  })
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
