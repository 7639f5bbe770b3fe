/** A space that costs much is refused, or costs only the worker threads; the thread that answers requests is left alone. */
import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { useService } from './service.js'

const float = (more = {}) => ({ type: 'float', low: 0, high: 1, ...more })
const LONGEST = `max(${Array.from({ length: 240 }, (_, i) => 'xy'[i % 2]).join(',')})`
const derived = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, LONGEST]))

describe.each(databases())('a study of a space that costs much, on $name', (engine) => {
  const service = useService(engine)

  it('is refused with the expression and the limit', { timeout: 60_000 }, async () => {
    const space = { parameters: { x: float(), y: float() }, derived: derived(100) }
    const { status, body } = await service.post('/studies', { name: 'too-much', space, method: 'random' })
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_space' })
    expect(body.errors).toEqual([
      { path: 'space.derived.d46', message: expect.stringContaining('10000 are the limit') },
    ])
  })

  it('is checked and searched in a worker thread, with the answers of this one', {
    timeout: 60_000,
  }, async () => {
    await service.restart()
    const { searches } = service.running
    const small = {
      parameters: { x: float({ default: 1 }), y: float({ default: 1 }) },
      constraints: ['x == y'],
    }
    const refused = await service.post('/studies', { name: 'rare', space: small, method: 'random' })
    expect(searches.threads).toBe(0)
    expect(refused.body.errors[0].message).toContain('none of 4096 configurations drawn satisfies x == y')

    const large = await service.post('/studies', {
      name: 'rare',
      space: { ...small, derived: derived(20) },
      method: 'random',
    })
    expect(searches.threads).toBe(1)
    expect({ ...large.body, detail: '' }).toEqual({
      ...refused.body,
      detail: '',
      errors: [
        {
          path: 'space.constraints.0',
          message: refused.body.errors[0].message.replace('4096', '2072'),
        },
      ],
    })

    const name = await service.create({
      space: { ...small, derived: derived(20), constraints: ['x + y > 1.9'] },
      method: 'random',
    })
    const trials = await service.ask(name, 'w', 4)
    expect(trials).toHaveLength(4)
    for (const { params } of trials) expect(Number(params.x) + Number(params.y)).toBeGreaterThan(1.9)
  })
})
