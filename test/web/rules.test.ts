/** What decides behind a study, on the page: thresholds of pruning, what the model expects of advice, workers and canaries. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { type Body, useService } from '../service/service.js'
import { findChromium, useBrowser } from './browser.js'

const chromium = findChromium()

describe.skipIf(chromium === undefined)('what decides, on the page', { timeout: 180_000 }, () => {
  const service = useService(databases()[0]!)
  const browser = useBrowser(chromium)
  const name = 'decided'
  let pruned: Body
  beforeAll(async () => {
    makeReady()
    await service.listen()
    const folder = join(service.place.dataDir!, 'canaries')
    mkdirSync(folder, { recursive: true })
    const run = (at: string, speed: number, drift: number) => ({ at, devices: '', speed, drift })
    writeFileSync(
      join(folder, 'simulated-h200.json'),
      JSON.stringify([run('2026-01-01T00:00:00.000Z', 100, 0), run('2026-01-02T00:00:00.000Z', 88, -0.12)]),
    )
    const { status } = await service.post('/studies', {
      name,
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb' },
      method: { optimizer: { kind: 'tpe' }, advisor: { kind: 'expert', ratio: 0.4, warmup: 2 } },
      trainer: 'simulated-h200',
      parallel: 2,
      pruning: { rule: 'median', startupTrials: 3 },
      budget: { trials: 70 },
    })
    expect(status).toBe(201)
    while ((await service.get(`/studies/${name}`)).body.state !== 'finished')
      await new Promise((resolve) => setTimeout(resolve, 100))
    const { body } = await service.get(`/studies/${name}/trials?state=pruned`)
    pruned = body.trials.at(-1)
  }, 240_000)

  test.each([
    { width: 400, scheme: 'dark' },
    { width: 1400, scheme: 'light' },
  ] as const)(
    'shows workers, a canary that drifts, thresholds and expectations at $width pixels',
    async (view) => {
      const visit = await browser.open(`${service.url}/#/studies/${name}`, view)
      const found: string[] = []
      const look = async (hash: string, words: RegExp) => {
        await visit.hash(hash)
        await visit.page.getByText(words).first().waitFor()
        await visit.settled()
        if ((await visit.overflow()) > 0) found.push(`${hash} is too wide`)
        found.push(...(await visit.barriers()).map((barrier) => `${hash}: ${barrier}`))
      }
      await look(`#/studies/${name}`, /The canary of simulated-h200 runs 12.% slower than at first/)
      await visit.page.getByRole('heading', { name: 'Workers lately' }).waitFor()
      await look(`#/studies/${name}/trials/${pruned.number}`, /^threshold of median$/)
      const { body } = await service.get(`/studies/${name}/expectations`)
      if (body.status === 'shown') {
        const better = body.advised.filter(({ advice, own }: Body) => advice.mean < own.mean).length
        await look(`#/studies/${name}/advice`, new RegExp(`${better} of ${body.advised.length} times`))
      } else await look(`#/studies/${name}/advice`, /What the model expects of the advice/)
      expect(found).toEqual([])
      await visit.close()
    },
  )

  test('counts by source what was kept, and the streaks between', async () => {
    const visit = await browser.open(`${service.url}/#/studies/${name}/behaviour`)
    const table = visit.page.getByRole('region', { name: 'Trials by source' })
    await table.waitFor()
    const { incumbents } = (await service.get(`/studies/${name}/incumbents?limit=1000`)).body
    const { sources } = await service.summary(name)
    for (const [source, { trials, pruned }] of Object.entries<Body>(sources)) {
      const cells = table.getByRole('row', { name: new RegExp(`^${source} `) }).locator('td')
      const texts = await cells.allInnerTexts()
      const kept = incumbents.filter((one: Body) => one.source === source).length
      expect([source, ...texts.slice(0, 2), texts[3]]).toEqual([
        source,
        String(trials),
        String(kept),
        String(pruned),
      ])
    }
    const streaks = (await save(visit, 'Dry streaks')).slice(1).map(Number)
    expect(streaks).toHaveLength(incumbents.length)
    expect(streaks.reduce((sum, streak) => sum + streak + 1, 0)).toBeLessThanOrEqual(70)
    await visit.close()
  })

  test('lays studies over each other, and keeps them in the address', async () => {
    const other = await service.create({ objective: { metric: 'loss' } })
    await service.run(other, 0.5)
    const visit = await browser.open(`${service.url}/#/compare`)
    await visit.page.getByText('Choose up to 8 studies above').waitFor()
    await visit.page.getByLabel(name, { exact: true }).check()
    await visit.page.getByRole('heading', { name: 'Best so far' }).waitFor()
    await visit.page.getByLabel(other, { exact: true }).check()
    await visit.page.getByText('The studies have different metrics, val_bpb, loss').waitFor()
    const address = await visit.page.evaluate<string>('location.href')
    const again = await browser.open(address)
    await again.page.getByText('The studies have different metrics').waitFor()
    const { best } = (await service.get(`/studies/${name}`)).body
    const lines = (await save(again, 'Best so far')).map((line) => line.split(','))
    expect(
      lines
        .filter(([study]) => study === name)
        .at(-1)!
        .slice(1),
    ).toEqual(['70', String(best.value)])
    await again.close()
    await visit.close()
  })

  const save = async (visit: Awaited<ReturnType<typeof browser.open>>, figure: string): Promise<string[]> => {
    const download = visit.page.waitForEvent('download')
    await visit.page.locator('figure', { hasText: figure }).getByRole('button', { name: 'CSV' }).click()
    const chunks: Buffer[] = []
    for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString().split('\r\n')
  }

  test('saves the thresholds with the reports', async () => {
    const visit = await browser.open(`${service.url}/#/studies/${name}/trials/${pruned.number}`)
    await visit.page.getByText('threshold of median', { exact: true }).first().waitFor()
    const lines = await save(visit, 'Reports')
    const { body } = await service.get(`/studies/${name}/trials/${pruned.number}/pruning`)
    expect(lines[0]).toBe('step,val_bpb,threshold,forecastMean,forecastSd')
    expect(lines.slice(1)).toEqual(
      body.reports.map(({ step, value, threshold }: Body) => `${step},${value},${threshold ?? ''},,`),
    )
    await visit.close()
  })
})
