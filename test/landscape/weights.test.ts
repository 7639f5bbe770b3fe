import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { landscape } from '../../trainer/landscape/index.js'
import reproduction from '../../trainer/landscape/reproduction.json' with { type: 'json' }
import { space } from './configurations.js'
import golden from './golden/points.json' with { type: 'json' }

const file = new URL('../../trainer/landscape/weights.json', import.meta.url)
const report = new URL('../../trainer/landscape/FIDELITY.md', import.meta.url)

const { weights } = landscape()

describe('the weights', () => {
  it('are at most 400 kB', () => {
    expect(statSync(file).size).toBeLessThanOrEqual(400_000)
  })

  it('say where they come from, when and how they were made', () => {
    const { provenance } = weights
    expect(provenance.source).toContain('arXiv 2603.24647')
    expect(provenance.source).toContain('MIT')
    expect(provenance.fitted).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(provenance.command).toContain('trainer/landscape/fit.py')
    expect(provenance.versions).toMatchObject({ torch: expect.any(String), numpy: expect.any(String) })
    expect(provenance.successes).toBeGreaterThan(6000)
    expect(provenance.runs).toHaveLength(24)
  })

  it('are those of the golden points, of the rows of the paper and of the fidelity report', () => {
    const fitted = readFileSync(file, 'utf8').split('"provenance"')[0]!
    const digest = createHash('sha256').update(fitted).digest('hex').slice(0, 16)
    expect(golden.versions.weights).toBe(digest)
    expect(reproduction.weights).toBe(digest)
    expect(readFileSync(report, 'utf8')).toContain(digest)
  })

  it('carry the space of the catalogue', () => {
    const names = space.parameters.map((parameter) => parameter.name)
    expect(Object.keys(weights.space).toSorted()).toEqual(names.toSorted())
    for (const parameter of space.parameters) {
      const spec = space.spec.parameters[parameter.name]
      const here = weights.space[parameter.name as keyof typeof weights.space]
      const range = here.kind === 'choice' ? { choices: here.choices } : { low: here.low, high: here.high }
      expect(spec).toMatchObject(range)
      expect(parameter.default).toBe(here.default)
    }
  })
})
