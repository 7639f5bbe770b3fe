import { describe, expect, it } from 'vitest'
import { findPostgres } from '../../bench/service/database.js'
import { heldMemory } from '../../bench/service/held-memory.js'
import { openOurs } from '../../bench/service/ours.js'
import { quickPace } from '../../bench/service/pace.js'
import { historyPicture, pairsPicture } from '../../bench/service/pictures.js'
import { type Ground, rows } from '../../bench/service/rows.js'
import { summarise } from '../../bench/service/summary.js'
import { heldTable, historyTable, loadTable, pairsTable } from '../../bench/service/tables.js'
import { markdown } from '../../bench/table.js'

const row = (id: string) => rows.find((each) => each.id === id)!

/** So many pairs in so many seconds, each ask slower than the one before. */
const pairs = (count: number, seconds: number) => ({
  seconds,
  ask: Array.from({ length: count }, (_, i) => i + 1),
  tell: Array.from({ length: count }, () => 2),
})

const [one, sixteen] = quickPace.loads as [(typeof quickPace.loads)[0], (typeof quickPace.loads)[0]]
const behind = { ...pairs(3, 1), first: 1234.5, memoryMb: 90, reads: { page: [5], summary: [1] } }
const whole = summarise({
  row: row('postgres'),
  loads: [
    { load: one, rounds: [pairs(100, 1), pairs(300, 1), pairs(100, 0.5)] },
    { load: sixteen, rounds: [pairs(5000, 4)] },
  ],
  histories: [{ trials: 1000, behind }],
})
const broken = summarise({
  row: row('optuna-rdb'),
  loads: [{ load: one, rounds: [pairs(20, 1)] }],
  histories: [],
})

describe('what was measured of a storage', () => {
  it('is the median of the rounds, with the slowest and the quickest, and all calls of all rounds', () => {
    expect(whole.loads[0]).toMatchObject({ pairsPerSecond: 200, low: 100, high: 300 })
    expect(whole.loads[0]!.tellMs).toEqual({ p50: 2, p99: 2 })
    expect(whole.loads[0]!.askMs.p99).toBeGreaterThan(250)
  })

  it('leaves a dash where a storage could not do it', () => {
    const table = markdown(pairsTable([whole, broken], quickPace))
    expect(table).toMatch(/Chiron, Postgres +\| +200 \| +1250 \|/)
    expect(table).toMatch(/Optuna RDB storage, Postgres +\| +20 \| +– \|/)
    expect(markdown(loadTable([broken], quickPace))).toContain('10.5 / 19.8')
    expect(markdown(historyTable([whole, broken]))).toMatch(
      /\| +1000 \| +2 \/ 2\.98 \| +2 \/ 2 \| +1235 \| +5 \/ 5 \| +1 \/ 1 \| +90 \|/,
    )
  })

  it('is drawn whole and broken alike', () => {
    for (const svg of [
      pairsPicture([whole, broken], quickPace),
      historyPicture([whole, broken], quickPace),
    ]) {
      expect(svg).not.toContain('NaN')
      expect(svg).toContain('Optuna RDB storage, Postgres')
    }
  })
})

describe('the rows', () => {
  const ground: Ground = {
    postgres: { because: 'no Postgres at nowhere' },
    peers: async () => ({
      versions: {},
      lacks: (name) => (name === 'grpcio' ? 'pip could not install grpcio' : undefined),
    }),
  }

  it('say what they miss: a Postgres, a package', async () => {
    await expect(row('postgres').open(ground)).rejects.toThrow('no Postgres at nowhere')
    await expect(row('optuna-rdb').open(ground)).rejects.toThrow('no Postgres at nowhere')
    await expect(row('optuna-grpc').open(ground)).rejects.toThrow('pip could not install grpcio')
  })

  it('measure the real service: load, a long history, a worker that is new to it', async () => {
    const system = await openOurs(undefined)
    try {
      const { ask, tell, seconds } = await system.load({ workers: 3, studies: 2, seconds: 0.3 })
      expect(ask.length).toBeGreaterThanOrEqual(3)
      expect(tell).toHaveLength(ask.length)
      expect(seconds).toBeGreaterThan(0)
      await system.fill(20)
      await system.fill(50)
      const stayed = await system.behind({ pairs: 4, seconds: 20 })
      expect(stayed.ask).toHaveLength(4)
      expect(Math.min(stayed.first, ...stayed.ask, ...stayed.tell)).toBeGreaterThan(0)
      expect(stayed.memoryMb).toBeGreaterThan(30)
    } finally {
      await system.stop()
    }
  })
})

describe('the memory of held studies', () => {
  const held = { limitsMb: [16], studies: 3, observations: 12, trials: 20, clients: 2 }

  it('is looked at while the service is used', { timeout: 120_000 }, async () => {
    const { measured, missing } = await heldMemory(await findPostgres(), held, () => {})
    expect(missing).toEqual([])
    expect(measured).toHaveLength(1)
    const [{ studies, heldMb, startMb, residentMb }] = measured as [(typeof measured)[0]]
    expect(studies).toBe(4)
    expect(heldMb).toBeGreaterThan(0.1)
    expect(heldMb).toBeLessThan(16)
    expect(residentMb).toBeGreaterThan(startMb)
  })

  it('has a row for each limit, and says what is missing', async () => {
    const row = { limitMb: 16, studies: 4, heldMb: 0.254, startMb: 120, residentMb: 133 }
    expect(markdown(heldTable([row], { ...quickPace, held }))).toMatch(
      /\| 16 +\| +4 \| +0\.254 \| +120 \| +133 \|/,
    )
    expect(await heldMemory({ because: 'no Postgres' }, held, () => {})).toEqual({
      measured: [],
      missing: [{ row: 'held studies, 16 MB', because: 'no Postgres' }],
    })
  })
})
