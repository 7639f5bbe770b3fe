/** Experiments in a real Chromium: looked at, created, extended, stopped, and a cell run again. */
import { beforeAll, describe, expect, test } from 'vitest'
import { comparison, untilEnded } from '../experiments/plans.js'
import { anEngine } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { type Body, useService } from '../service/service.js'
import { findChromium, useBrowser } from './browser.js'

const chromium = findChromium()

const SIZES = [
  { width: 400, scheme: 'light' },
  { width: 400, scheme: 'dark' },
  { width: 1400, scheme: 'light' },
  { width: 1400, scheme: 'dark' },
] as const

describe.skipIf(chromium === undefined)('experiments on the page', { timeout: 180_000 }, () => {
  const service = useService(anEngine())
  const browser = useBrowser(chromium)
  beforeAll(async () => {
    makeReady()
    await service.listen()
    const ablation = {
      optimizer: { kind: 'random' },
      advisor: { kind: 'expert', warmup: 1 },
      ratios: [0.3, 0.5],
    }
    const { body } = await service.post(
      '/experiments',
      comparison('shares', { ablation, arms: undefined, baseline: undefined, parallel: 8 }),
    )
    expect(body.arms).toHaveLength(13)
    await untilEnded(service, 'shares')
  }, 240_000)

  test.each(SIZES)('shows an ablation and both forms at $width pixels, $scheme', async (view) => {
    const visit = await browser.open(`${service.url}/#/experiments/shares`, view)
    const found: string[] = []
    const look = async (hash: string, words: string) => {
      await visit.hash(hash)
      await visit.page.getByText(words).first().waitFor()
      await visit.settled()
      if ((await visit.overflow()) > 0) found.push(`${hash} is too wide`)
      found.push(...(await visit.barriers()).map((barrier) => `${hash}: ${barrier}`))
    }
    await look('#/experiments/shares', 'copy: trend p')
    for (const title of ['Endpoint over the advisor’s share', 'Best so far, over hours of training'])
      await visit.page.getByRole('heading', { name: title }).waitFor()
    expect(await visit.page.getByRole('region', { name: 'Contrasts' }).locator('tbody tr').count()).toBe(3)
    await look('#/new-experiment', 'until it has ended')
    expect(found).toEqual([])
    await visit.close()
  })

  test('leaves its studies out of the list until they are asked for, and a link keeps that', async () => {
    const { cells } = (await service.get('/overview')).body
    const visit = await browser.open(`${service.url}/`)
    await visit.page.getByRole('heading', { name: 'All studies here belong to experiments' }).waitFor()
    await visit.page.getByRole('button', { name: 'list them here' }).click()
    const table = visit.page.getByRole('region', { name: 'Studies' })
    await table.getByRole('link', { name: 'shares', exact: true }).first().waitFor()
    const own = await service.create()
    const other = await browser.open(visit.page.url())
    await other.page
      .getByRole('link', { name: /^shares\./ })
      .first()
      .waitFor()
    await other.page.getByLabel(`studies of experiments (${cells})`).uncheck()
    await other.page.getByRole('link', { name: 'shares', exact: true }).first().waitFor({ state: 'detached' })
    expect(await other.page.getByRole('region', { name: 'Studies' }).getByRole('rowheader').count()).toBe(1)
    await other.page.getByRole('link', { name: own }).waitFor()
    await other.page.getByLabel('Search').fill('shares.alone.1')
    await other.page.getByLabel('Search').press('Enter')
    await other.page.getByRole('heading', { name: 'No study matches' }).waitFor()
    await other.page.getByLabel('studies of experiments (2)').check()
    await other.page.getByRole('link', { name: 'shares.alone.1.endpoint', exact: true }).click()
    await other.page.getByText('arm alone, seed 1 of shares').getByRole('link', { name: 'shares' }).click()
    await other.page.getByRole('heading', { name: 'shares', exact: true }).waitFor()
    await other.hash('#/compare')
    await other.page.getByLabel(own).waitFor()
    expect(await other.page.getByLabel('shares.').count()).toBe(0)
    await other.page.getByLabel('studies of experiments').check()
    await other.page.getByLabel('Search').fill('copy-0.5.1')
    await other.page.getByLabel('shares.copy-0.5.1', { exact: true }).check()
    await other.page.getByLabel('studies of experiments').uncheck()
    const compared = other.page.getByRole('region', { name: 'The studies' })
    await compared.getByRole('cell', { name: 'random + copy' }).waitFor()
    await visit.close()
    await other.close()
  })

  test('saves the numbers of a figure, the same as the report has', async () => {
    const visit = await browser.open(`${service.url}/#/experiments/shares`)
    const figure = visit.page.locator('figure', { hasText: 'Endpoint over the advisor’s share' })
    await figure.getByRole('button', { name: 'copy: trend p' }).click()
    const download = visit.page.waitForEvent('download')
    await figure.getByRole('button', { name: 'CSV' }).click()
    const stream = await (await download).createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const { body } = await service.get('/experiments/shares/report?format=csv&figure=ratio')
    expect(Buffer.concat(chunks).toString().trim()).toBe(String(body).trim())
    const pressed = figure.getByRole('button', { name: 'copy: trend p' })
    expect(await pressed.getAttribute('aria-pressed')).toBe('false')
    await visit.close()
  })

  test('says what a plan takes and can show while it is written, creates it and extends it, by the keyboard', async () => {
    const visit = await browser.open(`${service.url}/#/experiments`)
    await visit.page.getByRole('heading', { name: 'Experiments' }).waitFor()
    await visit.page.keyboard.press('N')
    await visit.page.getByLabel('Name', { exact: true }).fill('written')
    await visit.page.getByLabel('Trials', { exact: true }).fill('4')
    await visit.page.getByLabel('Seeds', { exact: true }).fill('3')
    await visit.page.getByLabel('chiron', { exact: true }).focus()
    await visit.page.keyboard.press('Space')
    await visit.page.getByText('2 arms × 3 seeds = 6').waitFor()
    await visit.page.getByText('at least 5 seeds are needed').waitFor()
    const dry = await service.post('/experiments', { ...(await asked(visit.page)), dryRun: true })
    const text = await visit.text()
    expect(text).toContain(`trials\n${dry.body.estimate.trials}`)
    expect((await service.get('/experiments/written')).status).toBe(404)

    await visit.page.getByRole('button', { name: 'create the experiment' }).focus()
    await visit.page.keyboard.press('Enter')
    await visit.page.getByRole('heading', { name: 'written' }).waitFor()
    const made = await untilEnded(service, 'written')
    expect(made.arms.map(({ name }: Body) => name)).toEqual(['random', 'tpe'])
    expect(made).toMatchObject({ seeds: [1, 2, 3], baseline: 'random', state: 'finished' })

    const form = visit.page.getByRole('form', { name: 'Extend the experiment' })
    const extend = form.getByRole('button', { name: 'extend' })
    expect(await extend.isDisabled()).toBe(true)
    await form.getByLabel('Seeds', { exact: true }).fill('many')
    await extend.click()
    await form.locator('.field', { hasText: 'Seeds to add' }).locator('.fault').waitFor()
    visit.expected = /400/
    await form.getByLabel('Seeds', { exact: true }).fill('5')
    await form.getByText('Arms to add', { exact: true }).click()
    expect(await form.getByLabel('tpe', { exact: true }).count()).toBe(0)
    await form.getByLabel('sobol', { exact: true }).check()
    await extend.click()
    await visit.page.getByRole('cell', { name: 'seeds 4, 5' }).waitFor()
    await visit.page.getByRole('rowheader', { name: 'sobol added' }).waitFor()
    const extended = await untilEnded(service, 'written')
    expect(extended.seeds).toEqual([1, 2, 3, 4, 5])
    expect(extended.arms.map(({ name }: Body) => name)).toEqual(['random', 'tpe', 'sobol'])
    await visit.close()
  })

  /** The request that the form shows as a command. */
  const asked = async (page: Awaited<ReturnType<typeof browser.open>>['page']): Promise<object> => {
    const command = await page.locator('.commands pre').last().textContent()
    return JSON.parse(command!.match(/-d '([\s\S]*)'/)![1]!)
  }

  test('names the place of a fault in the plan', async () => {
    const visit = await browser.open(`${service.url}/#/new-experiment`)
    visit.expected = /400/
    await visit.page.getByText('until it has ended').waitFor()
    await visit.page.getByLabel('Looks', { exact: true }).fill('20')
    await visit.page.locator('.field', { hasText: 'Looks' }).getByText('but there are only 8 seeds').waitFor()
    expect(await visit.page.getByRole('button', { name: 'create the experiment' }).isDisabled()).toBe(true)
    await visit.close()
  })

  test('stops an experiment, and runs a stopped cell again', async () => {
    const study = { ...comparison('').study, trainer: undefined }
    await service.post('/experiments', comparison('stopped', { study, seeds: 1 }))
    const visit = await browser.open(`${service.url}/#/experiments/stopped`)
    await visit.page.getByRole('button', { name: 'stop', exact: true }).click()
    await visit.page.getByRole('button', { name: 'yes' }).click()
    await visit.page.getByRole('button', { name: 'retry tpe, seed 1' }).click()
    await visit.page.getByRole('button', { name: 'retry tpe, seed 1' }).waitFor({ state: 'detached' })
    const { body } = await service.get('/experiments/stopped')
    expect(body.cells.map(({ arm, state }: Body) => [arm, state])).toEqual([
      ['random', 'stopped'],
      ['tpe', expect.stringMatching(/waiting|running/)],
    ])
    await visit.close()
  })
})
