import { describe, expect, it } from 'vitest'
import type { Observation } from '../../../optimizers/contract.js'
import {
  describePreflight,
  judge,
  learn,
  openPreflight,
  type Preflight,
  REFUSED_ABOVE,
  refuses,
  restorePreflight,
  snapshotPreflight,
} from '../../../optimizers/feasibility/preflight.js'
import { type Rng, stream } from '../../../optimizers/rng.js'
import {
  catalogue,
  draw,
  expectedMemory,
  type Params,
  readSpace,
  repair,
  type Space,
  spaceNamed,
} from '../../../search-spaces/index.js'
import { everySpace } from '../spaces.js'

/** The space whose memory is known to a tenth of a gigabyte: its formula plays the machine that trials run on. */
const machine = spaceNamed('autoresearch-14')!
const CAP = 76
const { memory: _, ...blind } = machine.spec
const limitKnown = readSpace({ ...blind, memory: { gb: '1', limitGb: CAP } })
const limitUnknown = readSpace(blind)

const needs = (params: Params) => expectedMemory(machine, params)!.gb

function configuration(rng: Rng): Params {
  const repaired = repair(machine, draw(machine, rng.uniform))
  if (!repaired.ok) throw new Error(repaired.message)
  return repaired.params
}

function ran(number: number, params: Params, reportsPeak: boolean): Observation & { peakMemoryMb?: number } {
  const gb = needs(params)
  if (gb > CAP) return { number, params, result: { outcome: 'oom' } }
  return {
    number,
    params,
    result: { outcome: 'complete', value: 1 },
    ...(reportsPeak && { peakMemoryMb: gb * 1024 }),
  }
}

/** A random search of so many trials behind the preflight: what still failed, and what was refused without need. */
function search(space: Space, seed: number, trials: number, reportsPeak: boolean) {
  const rng = stream(seed, 1)
  let preflight = openPreflight(space, 'learned')
  const count = { failed: 0, failedLate: 0, fitting: 0, refused: 0 }
  for (let number = 0; number < trials; number++) {
    let params = number === 0 ? machine.defaults : configuration(rng)
    for (let draws = 0; draws < 200 && refuses(judge(preflight, params)); draws++) {
      if (number >= trials / 2 && needs(params) <= CAP) count.refused++
      params = configuration(rng)
    }
    if (number >= trials / 2) count.fitting++
    if (needs(params) > CAP) {
      count.failed++
      if (number >= trials / 2) count.failedLate++
    }
    preflight = learn(preflight, ran(number, params, reportsPeak))
  }
  return { preflight, ...count, falseAlarms: count.refused / (count.refused + count.fitting) }
}

describe('the learned preflight', () => {
  it('leaves few of the failures that a random search meets: 55 in 100 without it', () => {
    const rng = stream(8)
    const without = Array.from({ length: 1000 }, () => needs(configuration(rng)) > CAP).filter(Boolean).length
    expect(without).toBeGreaterThan(500)
    for (const seed of [1, 2, 3]) {
      const { failed, failedLate, falseAlarms } = search(limitKnown, seed, 300, true)
      expect(failed).toBeLessThan(10)
      expect(failedLate).toBeLessThanOrEqual(3)
      expect(falseAlarms).toBeLessThan(0.08)
    }
  })

  it('finds the limit from the frontier where nobody names one', () => {
    const { preflight, failed } = search(limitUnknown, 1, 300, true)
    expect(failed).toBeLessThan(14)
    const { limitGb, expectedGb } = judge(preflight, machine.defaults)!
    expect(Math.abs(limitGb! / CAP - 1)).toBeLessThan(0.1)
    expect(Math.abs(expectedGb! / needs(machine.defaults) - 1)).toBeLessThan(0.2)
  })

  it('learns from outcomes alone where no memory is reported', () => {
    const { preflight, failed, failedLate } = search(limitUnknown, 1, 300, false)
    expect(failed).toBeLessThan(30)
    expect(failedLate).toBeLessThan(15)
    expect(judge(preflight, machine.defaults)).toEqual({ failureChance: expect.any(Number) })
  })

  it('expects what is measured, to a tenth, and says what drives it', () => {
    const { preflight } = search(limitKnown, 2, 200, true)
    const rng = stream(12)
    const errors = Array.from({ length: 200 }, () => configuration(rng))
      .filter((params) => needs(params) < CAP)
      .map((params) => Math.abs(judge(preflight, params)!.expectedGb! / needs(params) - 1))
      .sort((a, b) => a - b)
    expect(errors[errors.length >> 1]).toBeLessThan(0.1)
    const { limitGb, learned } = describePreflight(preflight)
    expect(limitGb).toBe(CAP)
    expect(learned!.drivers.slice(0, 3).map(({ parameter }) => parameter)).toEqual([
      'DEPTH',
      'DEVICE_BATCH_SIZE',
      'ASPECT_RATIO',
    ])
  })

  it('never promises that a larger size needs less, where a quadratic would bend back', () => {
    const space = readSpace({
      parameters: {
        BATCH: { type: 'int', low: 1, high: 4096, log: true },
        WORKERS: { type: 'int', low: 1, high: 16 },
      },
      memory: { gb: '1', limitGb: 80 },
    })
    const saturates = ({ BATCH, WORKERS }: Params) =>
      0.5 * Math.min(BATCH as number, 64) ** 0.9 + 0.1 * (WORKERS as number)
    const rng = stream(3)
    let preflight = openPreflight(space, 'learned')
    for (let number = 0; number < 100; number++) {
      const params = draw(space, rng.uniform)
      const peakMemoryMb = 1024 * saturates(params)
      preflight = learn(preflight, {
        number,
        params,
        result: { outcome: 'complete', value: 0 },
        peakMemoryMb,
      })
    }
    const expected = (BATCH: number, WORKERS: number) => judge(preflight, { BATCH, WORKERS })!.expectedGb!
    for (let WORKERS = 1; WORKERS <= 16; WORKERS++) {
      for (let batch = 1; batch < 4096; batch *= 2) {
        expect(expected(2 * batch, WORKERS)).toBeGreaterThanOrEqual(expected(batch, WORKERS) * (1 - 1e-12))
      }
    }
  })

  it('has no opinion out of ignorance, in any space', () => {
    const spaces = [...Object.values(everySpace), ...catalogue().map(({ name }) => spaceNamed(name)!)]
    for (const space of spaces) {
      const limited = readSpace({ ...space.spec, memory: { gb: '1', limitGb: 24 } })
      const fresh = openPreflight(limited, 'learned')
      const ran = learn(fresh, {
        number: 0,
        params: limited.defaults,
        result: { outcome: 'complete', value: 0 },
      })
      const rng = stream(6)
      const corner = () => (rng.uniform() < 0.5 ? 0 : 1)
      for (let i = 0; i < 100; i++) {
        expect(judge(fresh, draw(limited, corner))).toBeUndefined()
        expect(judge(ran, draw(limited, corner))).toBeUndefined()
      }
    }
  })

  it('refuses what is much larger than the one trial that ran, and not what is smaller', () => {
    const preflight = learn(openPreflight(limitKnown, 'learned'), ran(0, machine.defaults, true))
    const giant = { ...machine.defaults, DEPTH: 24, ASPECT_RATIO: 128, DEVICE_BATCH_SIZE: 256 }
    const dwarf = { ...machine.defaults, DEPTH: 4, ASPECT_RATIO: 32, DEVICE_BATCH_SIZE: 32 }
    expect(refuses(judge(preflight, giant))).toBe(true)
    expect(refuses(judge(preflight, dwarf))).toBe(false)
  })

  it.each([5, 12])('gives up soon what it expected of %i sizes that need no memory', (count) => {
    const sizes = Array.from({ length: count }, (_, i) => [
      `S${i}`,
      { type: 'int', low: 1, high: 64, log: true },
    ])
    const space = readSpace({ parameters: Object.fromEntries(sizes), memory: { gb: '1', limitGb: 24 } })
    const rng = stream(13)
    const refusedOf = (preflight: Preflight) =>
      Array.from({ length: 200 }, () => refuses(judge(preflight, draw(space, rng.uniform)))).filter(Boolean)
        .length / 200
    let preflight = openPreflight(space, 'learned')
    for (let number = 0; number < 30; number++) {
      let params = number === 0 ? space.defaults : draw(space, rng.uniform)
      while (refuses(judge(preflight, params))) params = draw(space, rng.uniform)
      const peakMemoryMb = 16 * 1024
      preflight = learn(preflight, {
        number,
        params,
        result: { outcome: 'complete', value: 0 },
        peakMemoryMb,
      })
      if (number === 0) expect(refusedOf(preflight)).toBeGreaterThan(0.2)
    }
    expect(refusedOf(preflight)).toBeLessThan(0.05)
  })

  it('says nothing while there is neither a limit nor a failure', () => {
    let preflight = openPreflight(limitUnknown, 'learned')
    const rng = stream(9)
    for (let number = 0; number < 20; number++) {
      const params = configuration(rng)
      if (needs(params) < CAP) preflight = learn(preflight, ran(number, params, true))
      expect(judge(preflight, params)).toBeUndefined()
    }
  })

  it('refuses at once what has failed, after a few successes', () => {
    const rng = stream(10)
    let preflight = openPreflight(limitUnknown, 'learned')
    for (let number = 0; number < 8; number++) {
      preflight = learn(
        preflight,
        ran(number, { ...machine.defaults, MATRIX_LR: 0.01 + 0.02 * rng.uniform() }, true),
      )
    }
    const giant = { ...machine.defaults, DEPTH: 24, ASPECT_RATIO: 128, DEVICE_BATCH_SIZE: 256 }
    expect(refuses(judge(preflight, giant))).toBe(false)
    preflight = learn(preflight, ran(8, giant, true))
    expect(refuses(judge(preflight, giant))).toBe(true)
    expect(refuses(judge(preflight, machine.defaults))).toBe(false)
  })

  it('learns nothing from a trial that may have stopped before it needed its memory', () => {
    const before = openPreflight(limitKnown, 'learned')
    for (const outcome of ['crashed', 'invalid'] as const) {
      const after = learn(before, {
        number: 0,
        params: machine.defaults,
        result: { outcome },
        peakMemoryMb: 900,
      })
      expect(snapshotPreflight(after)).toEqual(snapshotPreflight(before))
    }
  })

  it('sees through a parameter without an order, and through conditions', () => {
    const space = readSpace({
      parameters: {
        PRECISION: { type: 'categorical', choices: ['bf16', 'fp32'] },
        CHECKPOINTING: { type: 'bool' },
        STRIDE: { type: 'int', low: 1, high: 8, log: true, when: { CHECKPOINTING: true } },
        BATCH: { type: 'int', low: 1, high: 64, log: true },
      },
      memory: { gb: '1', limitGb: 40 },
    })
    const truth = ({ PRECISION, CHECKPOINTING, STRIDE, BATCH }: Params) =>
      (PRECISION === 'fp32' ? 2 : 1) *
      (CHECKPOINTING ? 0.3 * (STRIDE as number) ** 0.5 : 1) *
      (BATCH as number)
    const rng = stream(11)
    let preflight = openPreflight(space, 'learned')
    for (let number = 0; number < 150; number++) {
      const params = draw(space, rng.uniform)
      const gb = truth(params)
      preflight = learn(preflight, {
        number,
        params,
        result: gb > 40 ? { outcome: 'oom' } : { outcome: 'complete', value: 0 },
        ...(gb <= 40 && { peakMemoryMb: gb * 1024 }),
      })
    }
    for (let i = 0; i < 50; i++) {
      const params = draw(space, rng.uniform)
      const { failureChance } = judge(preflight, params)!
      if (truth(params) > 60) expect(failureChance).toBeGreaterThan(REFUSED_ABOVE)
      if (truth(params) < 20) expect(failureChance).toBeLessThan(REFUSED_ABOVE)
    }
  })

  it('is restored to the last bit', () => {
    const rng = stream(2)
    let live = openPreflight(limitUnknown, 'learned')
    for (let number = 0; number < 60; number++) {
      const trial = ran(number, configuration(rng), number % 3 > 0)
      const stored = JSON.stringify(snapshotPreflight(live))
      const restored: Preflight = restorePreflight(limitUnknown, 'learned', JSON.parse(stored))
      expect(JSON.stringify(snapshotPreflight(restored))).toBe(stored)
      expect(judge(restored, trial.params)).toEqual(judge(live, trial.params))
      live = learn(restored, trial)
    }
  })
})

describe('the formula', () => {
  it('refuses exactly what it expects to need more than the limit', () => {
    const preflight = openPreflight(machine, 'formula')
    const rng = stream(1)
    for (let i = 0; i < 200; i++) {
      const params = configuration(rng)
      const feasibility = judge(preflight, params)!
      expect(feasibility).toMatchObject({ expectedGb: needs(params), limitGb: 75 })
      expect(refuses(feasibility)).toBe(needs(params) > 75)
    }
  })

  it('stays as it is, whatever happens', () => {
    const preflight = openPreflight(machine, 'formula')
    expect(learn(preflight, ran(0, { ...machine.defaults, DEPTH: 24 }, true))).toBe(preflight)
    expect(judge(openPreflight(machine, 'off'), machine.defaults)).toBeUndefined()
  })
})

describe('an ordinal parameter in any order', () => {
  it('is learned from where one of its values is 0', () => {
    const space = readSpace({ parameters: { LAYERS: { type: 'ordinal', choices: [3, 2, 1, 0] } } })
    let preflight = openPreflight(space, 'learned')
    for (let number = 0; number < 12; number++) {
      const params = { LAYERS: number % 4 }
      const result =
        number % 4 === 3 ? { outcome: 'oom' as const } : { outcome: 'complete' as const, value: 1 }
      preflight = learn(preflight, { number, params, result })
    }
    const chance = (LAYERS: number) => judge(preflight, { LAYERS })!.failureChance
    expect(chance(0)).toBeLessThan(chance(3))
    const restored = restorePreflight(
      space,
      'learned',
      JSON.parse(JSON.stringify(snapshotPreflight(preflight))),
    )
    expect(judge(restored, { LAYERS: 3 })).toEqual(judge(preflight, { LAYERS: 3 }))
  })
})
