/** The report of a study: one file without scripts, whatever the study's texts are. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { anEngine, databases } from '../postgres.js'
import { HOSTILE, makeStudies, type Shown } from '../web/studies.js'
import { makeReady } from './server-process.js'
import { useService } from './service.js'

describe.each(databases())('a report on $name', (engine) => {
  const service = useService(engine)
  let shown: Shown
  beforeAll(async () => {
    shown = await makeStudies(service)
  }, 120_000)

  const report = async (study: string, query = '') => {
    const { status, body, headers } = await service.get(`/studies/${study}/report${query}`)
    expect(status).toBe(200)
    return { text: String(body), headers }
  }

  test('of 300 trials has every part, in at most 300 kB, and needs nothing else', async () => {
    const { text, headers } = await report(shown.many)
    for (const heading of [
      'Progress',
      'Best configuration',
      'The top five, and how they differ',
      'Importance of the parameters',
      'The space',
      'Sources',
      'Failures',
      'Cost',
      'Methods and provenance',
    ])
      expect(text).toContain(`<h2>${heading}</h2>`)
    expect(Buffer.byteLength(text)).toBeLessThan(300_000)
    expect(text).not.toMatch(/<(script|img|link|iframe|object)|<[^>]*\s(src|href)=|url\(|@import/i)
    expect(text.match(/<svg /g)!.length).toBeGreaterThan(5)
    expect(String(headers['content-security-policy'])).toContain("default-src 'none'")
  })

  test('says the best value and the configuration that gave it', async () => {
    const { best } = (await service.get(`/studies/${shown.many}`)).body
    const { params } = await service.show(shown.many, best.number)
    const { text } = await report(shown.many, '?format=md')
    expect(text).toContain(`trial ${best.number}`)
    expect(text).toContain(JSON.stringify(params, null, 2))
    expect(text).toContain(`LR = ${params.lr}`)
  })

  test('counts the failures by kind, with one of their messages', async () => {
    const { failures } = await service.summary(shown.many)
    const { text } = await report(shown.many, '?format=md')
    expect(text).toContain(`| oom | ${failures.oom} | RuntimeError`)
    expect(text).toContain(`| crashed | ${failures.crashed} | RuntimeError`)
  })

  test('shows hostile texts as texts', async () => {
    const { text } = await report(shown.empty)
    expect(text).not.toContain(HOSTILE)
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;')
    const { text: markdown } = await report(shown.empty, '?format=md')
    expect(markdown.replace(/```[\s\S]*?```/g, '')).not.toContain('<img')
  })

  test('of no trials, and of one, says what there is', async () => {
    expect((await report(shown.empty)).text).toContain('No trial has a value yet.')
    expect((await report(shown.one)).text).toContain('of trial 0')
  })

  test('gives each figure as SVG, and names them where another is asked for', async () => {
    const { text } = await report(shown.many, '?format=svg&figure=progress')
    expect(text).toMatch(/^<svg xmlns/)
    const { status, body } = await service.get(`/studies/${shown.many}/report?format=svg&figure=nothing`)
    expect(status).toBe(400)
    expect(body.detail).toContain('progress, progress-time')
  })

  test('is the same for the same event', async () => {
    expect((await report(shown.one)).text).toBe((await report(shown.one)).text)
  })
})

describe('chiron report', () => {
  const service = useService(anEngine())
  const folder = mkdtempSync(join(tmpdir(), 'chiron-report-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('writes the file', async () => {
    makeReady()
    const url = await service.listen()
    const study = await service.create()
    await service.run(study, 1)
    const file = join(folder, 'report.html')
    const command = [fromRoot('bin/chiron.mjs'), 'report', study, '-o', file, '--server', url]
    await promisify(execFile)(process.execPath, command)
    expect(readFileSync(file, 'utf8')).toContain(`Report of ${study}`)
  })
})
