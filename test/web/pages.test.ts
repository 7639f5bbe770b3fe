/** Every page, at every size, light and dark, with 0, 1 and 300 trials, in a real Chromium. */
import { beforeAll, describe, expect, test } from 'vitest'
import { anEngine } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { useService } from '../service/service.js'
import { findChromium, useBrowser } from './browser.js'
import { makeExperiment, makeStudies, type Shown } from './studies.js'

const chromium = findChromium()
if (chromium === undefined)
  console.log(
    '\nThe page: its tests are left out, because there is no chromium. Install it, or set CHIRON_TEST_CHROMIUM.',
  )

const TABS = [
  '',
  '/space',
  '/space?view=slices',
  '/space?view=pairs',
  '/space?view=time',
  '/importance',
  '/trials',
  '/advice',
  '/time',
  '/behaviour',
]
const SIZES = [
  { width: 400, scheme: 'light' },
  { width: 400, scheme: 'dark' },
  { width: 1400, scheme: 'light' },
  { width: 1400, scheme: 'dark' },
] as const

describe.skipIf(chromium === undefined)('the page', { timeout: 180_000 }, () => {
  const service = useService(anEngine())
  const browser = useBrowser(chromium)
  let shown: Shown
  beforeAll(async () => {
    makeReady()
    await service.listen()
    shown = await makeStudies(service)
    await makeExperiment(service)
  }, 240_000)

  test('says what to do where there is nothing yet', async () => {
    const visit = await browser.open(`${service.url}/#/studies/${shown.empty}`)
    await visit.settled()
    const says = async (words: RegExp, tab: string) => {
      await visit.hash(`#/studies/${shown.empty}${tab}`)
      await visit.page.getByText(words).first().waitFor()
    }
    await says(/curl -s .*\/ask/, '')
    await says(/from some ten trials on/, '/space')
    await says(/a model of this space needs/, '/importance')
    await says(/when rows are imported/, '/trials')
    await says(/This study has no advisor/, '/advice')
    await says(/each attempt is a bar here/, '/time')
    await says(/Success rates and dry streaks are drawn from/, '/behaviour')
    await visit.close()
  })

  test.each(SIZES)('shows every tab at $width pixels, $scheme, and nothing sticks out', async (view) => {
    const visit = await browser.open(`${service.url}/`, view)
    const found: string[] = []
    for (const study of Object.values(shown))
      for (const tab of TABS) {
        await visit.hash(`#/studies/${study}${tab}`)
        await visit.settled()
        if ((await visit.overflow()) > 0) found.push(`${study}${tab} is too wide`)
        if (study !== shown.many) continue
        const barriers = await visit.barriers()
        found.push(...barriers.map((barrier) => `${study}${tab}: ${barrier}`))
      }
    expect(found).toEqual([])
    await visit.close()
  })

  test.each(SIZES)('shows the list, a trial and the form at $width pixels, $scheme', async (view) => {
    const visit = await browser.open(`${service.url}/`, view)
    const found: string[] = []
    for (const hash of [
      '#/',
      `#/studies/${shown.many}/trials/7`,
      `#/studies/${shown.many}/trials/300`,
      '#/new',
      '#/compare',
      `#/compare?studies=${shown.many}|${shown.one}&over=trainSeconds`,
    ]) {
      await visit.hash(hash)
      await visit.settled()
      if ((await visit.overflow()) > 0) found.push(`${hash} is too wide`)
      found.push(...(await visit.barriers()).map((barrier) => `${hash}: ${barrier}`))
    }
    expect(found).toEqual([])
    await visit.close()
  })

  test.each(SIZES)('shows an experiment at $width pixels, $scheme', async (view) => {
    const visit = await browser.open(`${service.url}/#/experiments`, view)
    await visit.page.getByRole('link', { name: 'comparison' }).click()
    await visit.page.getByText('Verdicts between looks are preliminary').waitFor()
    await visit.settled()
    const { body } = await service.get('/experiments/comparison')
    expect(await visit.text()).toContain(body.digest.slice(0, 12))
    expect(await visit.page.locator('table.cells tbody a').count()).toBe(body.cells.length)
    for (const title of ['Arms', 'Differences to the baseline', 'Seed by seed'])
      await visit.page.getByRole('heading', { name: title, exact: true }).waitFor()
    expect(await visit.overflow()).toBeLessThanOrEqual(0)
    expect(await visit.barriers()).toEqual([])
    await visit.close()
  })

  test('shows texts of a study as texts, whatever they contain', async () => {
    const visit = await browser.open(`${service.url}/#/studies/${shown.empty}`)
    await visit.settled()
    expect(await visit.text()).toContain('<img src=x onerror=alert(1)>')
    await visit.hash(`#/studies/${shown.many}/trials/18`)
    await visit.settled()
    expect(await visit.text()).toContain('<script>alert(2)</script>')
    await visit.hash(`#/studies/${shown.many}/space`)
    await visit.settled()
    expect(await visit.page.locator('main img, main script, main b').count()).toBe(0)
    await visit.close()
  })

  test('draws figures with as many symbols as there are trials', async () => {
    const visit = await browser.open(`${service.url}/#/studies/${shown.many}`)
    await visit.settled()
    await visit.page.getByText('best, by imported').waitFor()
    const download = visit.page.waitForEvent('download')
    const progress = visit.page.locator('figure', { hasText: 'so far' })
    await progress.getByRole('button', { name: 'CSV' }).click()
    expect((await download).suggestedFilename()).toBe('Best-accuracy-over-trials-that-ended.csv')
    await visit.close()
  })

  test('loads at most 90 kB of script for the first page', async () => {
    const visit = await browser.open('about:blank')
    let bytes = 0
    visit.page.on('response', async (response) => {
      if (response.url().endsWith('.js')) bytes += Number(response.headers()['content-length'])
    })
    await visit.go(`${service.url}/#/studies/${shown.many}`)
    await visit.settled()
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(90_000)
    await visit.close()
  })
})
