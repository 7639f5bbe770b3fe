/** Every limit is set by its variable, refuses what makes no sense, and is written down where an operator looks. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.js'
import { LIMITS, STANDARD_LIMITS } from '../src/limits.js'
import { fromRoot } from '../src/root.js'

const every = Object.entries(LIMITS).map(([name, limit]) => ({ name: name as keyof typeof LIMITS, ...limit }))

/** The rows of a table whose cells hold this variable. */
const rowsWith = (page: string, variable: string) =>
  readFileSync(fromRoot(page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes(`\`${variable}\``))

describe('the limits', () => {
  it('are the standard ones where nothing is said', () => {
    expect(readConfig({}).limits).toEqual(STANDARD_LIMITS)
  })

  it.each(every)('$name is set by $variable, and by no other variable', ({ name, variable, most }) => {
    expect(readConfig({ [variable]: `${most}` }).limits).toEqual({ ...STANDARD_LIMITS, [name]: most })
  })

  it.each(every)('$variable names its bounds where it is out of them', ({ variable, least, most }) => {
    const read = (value: string) => () => readConfig({ [variable]: value })
    expect(read(`${least}`)).not.toThrow()
    expect(read(`${least / 2}`)).toThrow(new RegExp(`^${variable} .*${least}`))
    expect(read(`${most + 1}`)).toThrow(new RegExp(`^${variable} .*${most}`))
    expect(read('1 MiB')).toThrow(new RegExp(`^${variable} `))
    expect(read('1e999')).toThrow(new RegExp(`^${variable} `))
  })

  it.each(every)('$variable stands with its standard value in docs/security.md', ({ variable, standard }) => {
    const [row] = rowsWith('docs/security.md', variable)
    expect(row?.replaceAll(' ', '')).toContain(`|${standard}|`)
    const [, test] = /\| (test\/[\w/.-]+\.test\.ts) \|$/.exec(row!)!
    expect(readFileSync(fromRoot(test!), 'utf8')).toBeTruthy()
  })
})
