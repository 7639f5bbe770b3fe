import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from '../../src/advisors/llm/circuit-breaker.js'
import { failureByStatus } from '../../src/advisors/llm/provider.js'

const SECOND = 1000

describe('a circuit breaker', () => {
  const opened = () => {
    const clock = { now: 0 }
    const breaker = new CircuitBreaker(() => clock.now)
    const fails = () => {
      expect(breaker.enter()).toBe(true)
      breaker.leave(false)
    }
    for (let i = 0; i < 5; i++) fails()
    return { clock, breaker, fails }
  }

  it('opens after five failures in a row, and not after five with an answer between them', () => {
    const { breaker } = opened()
    expect([breaker.isClosed, breaker.enter()]).toEqual([false, false])
    const other = new CircuitBreaker(() => 0)
    for (const well of [false, false, false, false, true, false]) other.leave(well)
    expect([other.isClosed, other.enter()]).toEqual([true, true])
  })

  it('allows one trial call after the rest period, and closes if it is answered', () => {
    const { clock, breaker } = opened()
    clock.now = 15 * SECOND - 1
    expect(breaker.enter()).toBe(false)
    clock.now = 15 * SECOND
    expect([breaker.enter(), breaker.enter()]).toEqual([true, false])
    breaker.leave(true)
    expect([breaker.isClosed, breaker.enter(), breaker.enter()]).toEqual([true, true, true])
  })

  it('doubles the rest period up to five minutes', () => {
    const { clock, breaker, fails } = opened()
    let rest = 15 * SECOND
    for (const next of [30, 60, 120, 240, 300, 300].map((seconds) => seconds * SECOND)) {
      clock.now += rest
      fails()
      clock.now += next - 1
      expect(breaker.enter()).toBe(false)
      clock.now -= next - 1
      rest = next
    }
  })
})

describe('a refusal', () => {
  it('gives the delay of retry-after, and none if the header is unreadable', () => {
    expect(failureByStatus(429, 'm', '7')).toMatchObject({
      outcome: 'rate_limited',
      again: true,
      afterMs: 7000,
    })
    expect(failureByStatus(429, 'm', null)).not.toHaveProperty('afterMs')
    expect(failureByStatus(429, 'm', 'soon')).not.toHaveProperty('afterMs')
  })

  it.each([
    [400, 'rejected', false],
    [408, 'timeout', true],
    [500, 'server_error', true],
    [529, 'server_error', true],
  ])('of %d is %s', (status, outcome, again) => {
    expect(failureByStatus(status, 'm', null)).toMatchObject({ outcome, again })
  })
})
