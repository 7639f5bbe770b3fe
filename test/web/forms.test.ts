/** The form of a study, which is made from the API's schema: what it sends, what it refuses and where it says so. */
import { beforeAll, describe, expect, test } from 'vitest'
import { anEngine } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { useService } from '../service/service.js'
import { findChromium, useBrowser, type Visit } from './browser.js'

const chromium = findChromium()

describe.skipIf(chromium === undefined)('the form of a study', { timeout: 120_000 }, () => {
  const service = useService(anEngine())
  const browser = useBrowser(chromium)
  beforeAll(async () => {
    makeReady()
    await service.listen()
  }, 120_000)

  const openForm = async (name: string, width: number) => {
    const visit = await browser.open(`${service.url}/#/new`, { width, scheme: 'dark' })
    visit.expected = /status of (400|409)/
    await visit.page.getByLabel('Name', { exact: true }).first().fill(name)
    const row = visit.page.getByRole('group', { name: 'Parameter 1' })
    await row.getByLabel('Name').fill('lr')
    await row.getByLabel('From').fill('0.001')
    await row.getByLabel('To', { exact: true }).fill('1')
    await visit.page.getByText('The service would create this study.').waitFor()
    return visit
  }
  const fieldOf = (visit: Visit, label: string) =>
    visit.page.locator('.field').filter({ has: visit.page.getByText(label, { exact: true }) })

  test.each([400, 1400])(
    'shows every option of an optimizer, and creates what was written, at %i pixels',
    async (width) => {
      const name = `at-${width}`
      const visit = await openForm(name, width)
      await visit.page.getByRole('combobox', { name: 'Method', exact: true }).selectOption('tpe')
      const { methods } = (await service.get('/methods')).body
      const { when } = methods.find(({ name }: { name: string }) => name === 'tpe')
      await visit.page.getByText(when).waitFor()
      await visit.page.getByRole('button', { name: 'change its options' }).click()
      const { $defs } = (await service.get('/schemas/study')).body
      const { oneOf } = $defs.Method.properties.optimizer
      const { properties } = oneOf.find(
        (one: { properties: { kind: { const: string } } }) => one.properties.kind.const === 'tpe',
      )
      for (const { description } of Object.values<{ description?: string }>(properties))
        if (description)
          expect(await visit.page.getByText(description).count(), description).toBeGreaterThan(0)

      const candidates = fieldOf(visit, 'Candidates')
      await candidates.getByRole('textbox').fill('many')
      await candidates.getByText(/expected a whole number from 1 to 10000, got "many"/).waitFor()
      await candidates.getByRole('textbox').fill('48')
      await fieldOf(visit, 'Weights').getByRole('combobox').selectOption('recency')
      await visit.page.getByText('The service would create this study.').waitFor()
      expect(await visit.overflow()).toBeLessThanOrEqual(0)
      expect(await visit.barriers()).toEqual([])
      await visit.page.getByRole('button', { name: 'create the study' }).focus()
      await visit.page.keyboard.press('Enter')
      await visit.page.getByRole('heading', { name, exact: true }).waitFor()
      const { body } = await service.get(`/studies/${name}`)
      expect(body.method.optimizer).toMatchObject({ kind: 'tpe', candidates: 48, weights: 'recency' })
      expect(body).toMatchObject({ objective: { metric: 'loss' }, budget: { trials: 100 } })
      await visit.close()
    },
  )

  test('says beside a field what the service refuses, and which study has the name already', async () => {
    await service.post('/studies', {
      name: 'taken',
      space: { parameters: { x: { type: 'bool' } } },
      method: 'random',
    })
    const visit = await openForm('refused', 1400)
    const trials = fieldOf(visit, 'Trials')
    await trials.getByRole('textbox').fill('0')
    await trials.getByText('expected number to be >=1').waitFor()
    await trials.getByRole('textbox').fill('20')
    await visit.page.getByText('Seed, pruning, leases').click()
    await fieldOf(visit, 'Rule').getByRole('combobox').selectOption('median')
    const startup = fieldOf(visit, 'Startup trials')
    expect(await startup.getByRole('textbox').getAttribute('placeholder')).toBe('5')
    await startup.getByRole('textbox').fill('2.5')
    await startup.locator('.fault').waitFor()
    await startup.getByRole('textbox').fill('')
    await visit.page.getByText('The service would create this study.').waitFor()
    await visit.page.getByLabel('Name', { exact: true }).first().fill('taken')
    await visit.page.getByRole('alert').getByText('A study named taken exists with another spec').waitFor()
    await visit.close()
  })
})
