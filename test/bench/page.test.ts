/** The bench of the page, in a real Chromium: what it measures is there, whatever it is. */
import { beforeAll, describe, expect, it } from 'vitest'
import { findChromium, lookAt } from '../../bench/page/browser.js'
import { openOurs } from '../../bench/page/ours.js'
import { pageTable, reportTable } from '../../bench/page/tables.js'
import { endedTrials } from '../../bench/page/trials.js'
import { makeReady } from '../service/server-process.js'

const chromium = findChromium()

describe.skipIf(chromium === undefined)('the bench of the page', { timeout: 120_000 }, () => {
  beforeAll(makeReady, 300_000)

  it('opens the page on a study of its own, and follows it while trials end', async () => {
    const look = { trials: 60, seconds: 2, perSecond: 5 }
    const system = await openOurs(look.trials)
    try {
      const { report, ...figures } = await lookAt(chromium!, system, look)
      for (const figure of Object.values(figures)) expect(figure).toBeGreaterThanOrEqual(0)
      expect(figures.scriptKb).toBeGreaterThan(10)
      expect(figures.scriptKb).toBeLessThan(90)
      expect(figures.heapMb).toBeGreaterThan(0.5)
      const service = new URL(system.url).origin
      const study = await (await fetch(`${service}/studies/seen`)).json()
      const { trials } = study as { readonly trials: Record<string, number> }
      expect(trials.complete! + trials.failed!).toBe(70)
      const measured = { id: 'chiron', label: 'Chiron', ...look, ...figures, report: report! }
      expect(pageTable([measured]).rows[0]!.slice(0, 2)).toEqual(['Chiron', '60'])
      expect(report!.bytes).toBeGreaterThan(20_000)
      const sizeKb = (report!.bytes / 1000).toFixed(0)
      expect(reportTable([measured]).rows).toMatchObject([
        ['Chiron', '60', sizeKb, expect.any(String), expect.any(String)],
      ])
    } finally {
      await system.stop()
    }
  })

  it('gives every page the same trials', () => {
    expect(endedTrials(3, 40)).toEqual(endedTrials(43).slice(40))
    expect(endedTrials(20).filter(({ value }) => value === undefined)).toHaveLength(1)
  })
})
