/** A study whose agent edits code, on the page: its programs, their differences, and how the agent works. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StandIn } from '../advisors/stand-in.js'
import { addsLayer, promptOf, smallTask, TASK } from '../agents/small-task.js'
import { finished, type Workshop } from '../dispatch/workshop.js'
import { anEngine } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { TestService } from '../service/service.js'
import { findChromium, useBrowser } from './browser.js'

const chromium = findChromium()

describe.skipIf(chromium === undefined)('programs on the page', { timeout: 180_000 }, () => {
  let workshop: Workshop
  let model: StandIn
  let service: TestService
  const browser = useBrowser(chromium)
  beforeAll(async () => {
    makeReady()
    workshop = smallTask()
    let n = 0
    model = await StandIn.open({ says: (request) => addsLayer(promptOf(request), `layer-${++n}`) })
    service = await new TestService(await anEngine().open(), {
      llm: model.llm,
      trainers: workshop.folder,
      dataDir: workshop.folder,
    }).start()
    await service.listen()
    const { status } = await service.post('/studies', {
      name: 'edited',
      trainer: TASK,
      objective: { metric: 'loss' },
      method: { agent: { model: 'openai-compatible:editor', keep: 'lower' } },
      budget: { trials: 4 },
    })
    expect(status).toBe(201)
    await finished(service, 'edited')
  }, 240_000)
  afterAll(async () => {
    await service.close()
    await model.close()
    workshop.remove()
  })

  test.each([
    { width: 400, scheme: 'dark' },
    { width: 1400, scheme: 'light' },
  ] as const)('shows what was kept and what each changed at $width pixels', async (view) => {
    const visit = await browser.open(`${service.url}/#/studies/edited/behaviour`, view)
    const { programs } = (await service.get('/studies/edited/programs')).body
    const last = programs.at(-1)
    const table = visit.page.getByRole('region', { name: 'Programs' })
    await table.waitFor()
    expect(await table.locator('tbody tr').count()).toBe(programs.length)
    await table.getByRole('button', { name: `Difference of program ${last.hash.slice(0, 8)}` }).click()
    await visit.page.getByText('+layers = ["first", "layer-1", "layer-2", "layer-3"]').waitFor()
    await visit.page.getByRole('heading', { name: 'Categories of the edits' }).waitFor()
    await visit.page.getByText('kept, of what did not crash').waitFor()
    for (const title of ['Categories over time', 'What each category gave, and what it cost'])
      await visit.page.getByRole('heading', { name: title }).waitFor()
    const found: string[] = []
    for (const tab of ['/behaviour', '', '/advice', `/trials/${last.number}`]) {
      await visit.hash(`#/studies/edited${tab}`)
      await visit.settled()
      if ((await visit.overflow()) > 0) found.push(`${tab} is too wide`)
      found.push(...(await visit.barriers()).map((barrier) => `${tab}: ${barrier}`))
    }
    expect(found).toEqual([])
    await visit.page.getByText('+layers = ["first", "layer-1", "layer-2", "layer-3"]').waitFor()
    await visit.hash('#/studies/edited/advice')
    await visit.page.getByText('edit-1/user').click()
    await visit.page.getByText('{{history}}').waitFor()
    await visit.close()
  })
})
