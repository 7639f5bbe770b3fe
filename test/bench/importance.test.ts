import { describe, expect, it } from 'vitest'
import { importanceTable } from '../../bench/importance/tables.js'
import { trueLocal, trueTotal } from '../../bench/importance/truth.js'
import { rankCorrelation } from '../../optimizers/math/rank-correlation.js'
import { spaceNamed } from '../../search-spaces/index.js'

const space = spaceNamed('autoresearch-14')!

describe('the bench of importances', () => {
  it('correlates ranks as SciPy does', () => {
    // scipy.stats.spearmanr of 1.17.1
    expect(rankCorrelation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 12)
    expect(rankCorrelation([1, 2, 3], [30, 20, 10])).toBe(-1)
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBe(0)
  })

  it('knows what matters on the simulated card', () => {
    const total = trueTotal()
    const order = [...space.searched].sort((a, b) => total[b.coordinate]! - total[a.coordinate]!)
    expect(order.slice(0, 3).map(({ name }) => name)).toEqual([
      'TOTAL_BATCH_SIZE',
      'DEPTH',
      'DEVICE_BATCH_SIZE',
    ])
    const local = trueLocal(space.defaults)
    expect(local.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
  })

  it('shows the mean over searches', () => {
    const row = (optimizer: string, total: number) => ({
      optimizer,
      seeds: 1,
      r2: 0.9,
      correlations: { total },
      seconds: {},
    })
    const { rows, columns } = importanceTable([row('random', 0.8), row('tpe', 0.9)])
    expect(columns).toEqual(['search', 'seeds', 'R²', 'Chiron, total'])
    expect(rows.at(-1)).toEqual(['mean', '', '', '0.85'])
  })
})
