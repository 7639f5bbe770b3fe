/** The page as it is used: signed in to, with the keyboard alone, while a study grows, and over a restart of the server. */
import { beforeAll, describe, expect, test } from 'vitest'
import { StandIn } from '../advisors/stand-in.js'
import { anEngine } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { TestService, useService } from '../service/service.js'
import { findChromium, useBrowser, type Visit } from './browser.js'
import { fill, HOSTILE, MIXED, makeStudies, type Shown } from './studies.js'

const chromium = findChromium()

describe.skipIf(chromium === undefined)('the page in use', { timeout: 120_000 }, () => {
  const service = useService(anEngine())
  const browser = useBrowser(chromium)
  let shown: Shown
  beforeAll(async () => {
    makeReady()
    await service.listen()
    shown = await makeStudies(service)
  }, 120_000)

  const ended = (visit: Visit, count: number) =>
    visit.page
      .locator('.numbers div', { hasText: 'trials ended' })
      .getByText(String(count), { exact: false })
      .waitFor()

  test('follows a study that grows, and what was chosen stays', async () => {
    const study = await service.create({ space: MIXED })
    await fill(service, study, 20)
    const visit = await browser.open(
      `${service.url}/#/studies/${study}?over=wallSeconds&scale=log&hide=failed`,
    )
    await ended(visit, 20)
    const before = await visit.page.evaluate('location.hash')
    await service.run(study, 0.5)
    await service.run(study, 0.4)
    await ended(visit, 22)
    await visit.page.locator('.ticker').getByText('new best').first().waitFor()
    expect(await visit.page.evaluate('location.hash')).toBe(before)
    await visit.close()
  })

  test('follows it in two tabs of one browser, over one stream', async () => {
    const study = await service.create()
    const first = await browser.open(`${service.url}/#/studies/${study}`)
    const second = await first.context.newPage()
    await second.goto(`${service.url}/#/studies/${study}`)
    await first.page.bringToFront()
    await ended(first, 0)
    await service.run(study, 1)
    await ended(first, 1)
    await second.bringToFront()
    await second.locator('.numbers div', { hasText: 'trials ended' }).getByText('1').waitFor()
    await first.close()
  })

  test('goes on by itself after a restart of the server', async () => {
    const study = await service.create()
    const visit = await browser.open(`${service.url}/#/studies/${study}`)
    visit.expected = /ERR_CONNECTION|Failed to load resource|ERR_INCOMPLETE|ERR_EMPTY/
    await ended(visit, 0)
    const { port } = new URL(service.url)
    await service.running.close()
    await visit.page.getByText('connection lost').waitFor()
    await service.start()
    await service.running.app.listen({ host: '127.0.0.1', port: Number(port) })
    await visit.page.getByText('live', { exact: true }).waitFor()
    await service.run(study, 1)
    await ended(visit, 1)
    await visit.close()
  })

  test('keeps brushes in the address, so that a link shows the same', async () => {
    const visit = await browser.open(`${service.url}/#/studies/${shown.many}/space`)
    await visit.settled()
    const axis = visit.page.getByRole('button', { name: /^lr:/ })
    const box = (await axis.boundingBox())!
    const x = box.x + box.width / 2
    await visit.page.mouse.move(x, box.y + 80)
    await visit.page.mouse.down()
    await visit.page.mouse.move(x, box.y + 200, { steps: 4 })
    await visit.page.mouse.up()
    await visit.page.locator('button.brush', { hasText: 'lr' }).waitFor()
    const title = await visit.page.locator('figure h3').innerText()
    expect(title).not.toBe('Parameters of 273 trials')
    const link = visit.page.url()
    const other = await browser.open(link)
    await other.settled()
    expect(await other.page.locator('figure h3').innerText()).toBe(title)
    await other.hash(`${new URL(link).hash.replace('/space', '/trials')}&filter=state+%3D+complete`)
    await other.page.getByText(`${/\d+/.exec(title)![0]} of 301 trials`).waitFor()
    await visit.close()
    await other.close()
  })

  test('filters and sorts the table, and shows the difference of two trials', async () => {
    const visit = await browser.open(`${service.url}/#/studies/${shown.many}/trials`)
    await visit.settled()
    await visit.page.getByLabel('Filter').fill('failure = oom and depth > 3')
    await visit.page.getByText(/^\d+ of 301 trials$/).waitFor()
    const states = await visit.page.locator('table.trials tbody tr:not(.spacer) .state-cell').allInnerTexts()
    expect(new Set(states)).toEqual(new Set(['× oom']))
    await visit.page.getByLabel('Filter').fill('depth > ')
    await visit.page.getByText('depth > needs a value').waitFor()
    await visit.page.getByLabel('Filter').fill('')
    await visit.page.getByRole('button', { name: 'value', exact: true }).click()
    await visit.page.getByRole('button', { name: 'value', exact: true }).click()
    const best = visit.page.locator('table.trials tbody tr:not(.spacer) th a').first()
    const number = await best.innerText()
    expect(Number(number)).toBe((await service.get(`/studies/${shown.many}`)).body.best.number)
    await visit.page.getByLabel(`Pick trial ${number}`).check()
    await visit.page.locator('table.trials tbody tr:not(.spacer) input').nth(1).check()
    await visit.page.getByRole('heading', { name: new RegExp(`Trial ${number} and trial`) }).waitFor()
    await visit.close()
  })

  test('shows how hot GPUs were, and which trials were throttled, where any was', async () => {
    const study = await service.create({ space: MIXED })
    await fill(service, study, 30)
    const visit = await browser.open(`${service.url}/#/studies/${study}/trials`)
    await visit.page.getByText('30 of 30 trials').waitFor()
    const heads = () => visit.page.locator('table.trials thead').innerText()
    expect(await heads()).not.toContain('gpuTemperatureMax')
    const metrics = { gpuTemperatureMax: 91.5, throttled: true, gpuSlowedBy: 'thermal 40 %' }
    await service.run(study, 0.5, { metrics })
    await visit.page.getByRole('button', { name: 'gpuTemperatureMax' }).waitFor()
    await visit.page.getByLabel('Filter').fill('throttled = true and gpuTemperatureMax > 90')
    await visit.page.getByText('1 of 31 trials').waitFor()
    const row = visit.page.locator('table.trials tbody tr:not(.spacer)')
    expect(await row.getByRole('cell', { name: '91.5' }).count()).toBe(1)
    expect(await row.getByRole('cell', { name: 'true', exact: true }).count()).toBeGreaterThan(0)
    await visit.close()
  })

  test('queues an edited copy, and says what is wrong with a value', async () => {
    const study = await service.create({ space: MIXED })
    await service.run(study, 1)
    const visit = await browser.open(`${service.url}/#/studies/${study}/trials/0`)
    visit.expected = /status of 400/
    await visit.settled()
    await visit.page.keyboard.press('e')
    const form = visit.page.getByRole('form', { name: 'Queue a configuration' })
    await form.getByLabel(/^depth/).fill('99')
    await form.getByRole('button', { name: 'queue it' }).click()
    await form.getByRole('alert').waitFor()
    await form.getByLabel(/^depth/).fill('5')
    await form.getByRole('button', { name: 'queue it' }).click()
    await visit.page.getByRole('heading', { name: 'Trial 1' }).waitFor()
    expect((await service.show(study, 1)).params.depth).toBe(5)
    await visit.close()
  })

  test('pauses, resumes and stops a study, and writes a note', async () => {
    const study = await service.create()
    const visit = await browser.open(`${service.url}/#/studies/${study}`)
    await visit.settled()
    const state = async () => (await service.get(`/studies/${study}`)).body.state
    await visit.page.getByRole('button', { name: 'pause' }).click()
    await visit.page.getByRole('button', { name: 'resume' }).waitFor()
    expect(await state()).toBe('paused')
    await visit.page.getByRole('button', { name: 'resume' }).click()
    await visit.page.getByRole('button', { name: 'pause' }).waitFor()
    await visit.page.getByRole('button', { name: 'note' }).click()
    await visit.page.getByLabel('Note', { exact: true }).fill('the second GPU is slower')
    await visit.page.getByRole('button', { name: 'save' }).click()
    await visit.page.getByText('the second GPU is slower').waitFor()
    await visit.page.getByRole('button', { name: 'stop' }).click()
    await visit.page.getByRole('button', { name: 'yes' }).click()
    await visit.page.locator('.state.finished').waitFor()
    expect(await state()).toBe('finished')
    await visit.close()
  })

  test('is used with the keyboard alone', async () => {
    const visit = await browser.open(`${service.url}/`)
    await visit.settled()
    await visit.page.keyboard.press('Tab')
    await visit.page.keyboard.press('Enter')
    expect(await visit.page.evaluate('document.activeElement?.id')).toBe('main')
    await visit.page.keyboard.press('?')
    await visit.page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await visit.page.keyboard.press('Escape')
    await visit.hash(`#/studies/${shown.many}`)
    await visit.settled()
    await visit.page.keyboard.press('4')
    await visit.page.getByLabel('Filter').waitFor()
    await visit.page.keyboard.press('1')
    const figure = visit.page.getByRole('application').first()
    await figure.focus()
    await visit.page.keyboard.press('ArrowRight')
    await visit.page.keyboard.press('ArrowRight')
    await visit.page.locator('.tip', { hasText: /trial \d+/ }).waitFor()
    await visit.page.keyboard.press('Enter')
    await visit.page.getByRole('heading', { name: /^Trial \d+/ }).waitFor()
    await visit.page.keyboard.press('j')
    await visit.page.getByRole('heading', { name: /^Trial \d+/ }).waitFor()
    await visit.close()
  })
})

describe.skipIf(chromium === undefined)('the page under a token', { timeout: 120_000 }, () => {
  const service = useService(anEngine(), { token: 'a-secret' })
  const browser = useBrowser(chromium)
  beforeAll(async () => {
    makeReady()
    await service.listen()
  })

  test('asks for it, keeps a cookie that scripts cannot read, and leads on to where one was going', async () => {
    const visit = await browser.open(`${service.url}/`)
    visit.expected = /status of 401/
    await visit.page.getByLabel('Token of this service').fill('a wrong one')
    await visit.page.getByRole('button', { name: 'Sign in' }).click()
    await visit.page.getByRole('alert').waitFor()
    await visit.page.getByLabel('Token of this service').fill('a-secret')
    await visit.page.getByRole('button', { name: 'Sign in' }).click()
    await visit.page.getByRole('heading', { name: 'No studies yet' }).waitFor()
    await visit.page.getByText('live', { exact: true }).waitFor()
    expect(await visit.page.evaluate('document.cookie')).toBe('')
    await visit.page.getByRole('button', { name: 'sign out' }).click()
    await visit.page.getByLabel('Token of this service').waitFor()
    await visit.close()
  })
})

describe.skipIf(chromium === undefined)('the page of an advised study', { timeout: 120_000 }, () => {
  const browser = useBrowser(chromium)

  test('shows what a model answered as text, on its trial and among the calls', async () => {
    makeReady()
    const model = await StandIn.open({ says: `{"note": "${HOSTILE}"`, thinks: HOSTILE })
    const place = await anEngine().open()
    const service = await new TestService(place, { llm: model.llm }).start()
    await service.listen()
    const study = await service.create({
      method: {
        optimizer: { kind: 'random' },
        advisor: { kind: 'llm', model: 'anthropic:claude-opus-4-6', ratio: 1, warmup: 1, maxCalls: 1 },
      },
    })
    await service.run(study, 1)
    const { body } = await service.post(`/studies/${study}/ask`, { worker: 'w', wait: 20 })
    const { number } = body.trials[0]
    const visit = await browser.open(`${service.url}/#/studies/${study}/trials/${number}`)
    await visit.page.getByText('The call behind it').waitFor()
    await visit.page.getByText(HOSTILE).first().waitFor()
    await visit.hash(`#/studies/${study}/advice`)
    await visit.settled()
    await visit.page.locator('details.call summary').first().click()
    await visit.page.locator('details.call pre', { hasText: HOSTILE }).first().waitFor()
    expect(await visit.page.locator('main img, main script').count()).toBe(0)
    await visit.close()
    await service.close()
    await model.close()
  })
})
