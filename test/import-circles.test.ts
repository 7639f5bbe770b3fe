/** No file imports itself by way of others, types included: each can be read after what it imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importsOf } from './source-code.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const rooms = ['optimizers', 'search-spaces', 'src']

type Imports = ReadonlyMap<string, readonly string[]>

describe('imports', () => {
  it.each(rooms)('go in no circle in %s', (room) => {
    const imports = importsIn(room)
    expect(imports.size).toBeGreaterThan(0)
    expect(circleIn(imports)).toBeUndefined()
  })

  it('of what optimizers share never lead to one of them', () => {
    const shared = [...importsIn('optimizers')].filter(([file]) =>
      /^optimizers\/(surrogate|math|feasibility|schedulers)\//.test(file),
    )
    const own = shared.flatMap(([file, imported]) =>
      imported
        .filter((other) => /^optimizers\/(forest|gp|tpe|cmaes|random)\//.test(other))
        .map((to) => `${file} → ${to}`),
    )
    expect(own).toEqual([])
  })
})

describe('a circle is found', () => {
  it.each<[string, Imports, readonly string[] | undefined]>([
    [
      'of two',
      new Map([
        ['a', ['b']],
        ['b', ['a']],
      ]),
      ['a', 'b', 'a'],
    ],
    [
      'behind a way to it',
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['d']],
        ['d', ['b']],
      ]),
      ['b', 'c', 'd', 'b'],
    ],
    ['of one', new Map([['a', ['a']]]), ['a', 'a']],
    [
      'but not where two ways meet',
      new Map([
        ['a', ['b', 'c']],
        ['b', ['d']],
        ['c', ['d']],
        ['d', []],
      ]),
      undefined,
    ],
  ])('%s', (_, imports, circle) => {
    expect(circleIn(imports)).toEqual(circle)
  })
})

/** The files of a circle, the first once more at its end; undefined where there is none. */
function circleIn(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const other of imports.get(file) ?? []) {
      const circle = visit(other, [...way, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return undefined
}

function importsIn(room: string): Imports {
  const files = readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .map((file) => `${room}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts'))
  return new Map(
    files.map((file) => [
      file,
      importsOf(readFileSync(join(root, file), 'utf8'))
        .filter((path) => path.startsWith('.'))
        .map((path) => posix.join(posix.dirname(file), path).replace(/\.js$/, '.ts')),
    ]),
  )
}
