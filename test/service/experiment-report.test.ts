/** The report of an experiment: one file without scripts, that says what the analysis says, as far as the experiment has come. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numberText } from '../../charts/numbers.js'
import { fromRoot } from '../../src/root.js'
import { comparison, untilEnded } from '../experiments/plans.js'
import { anEngine, databases } from '../postgres.js'
import { HOSTILE } from '../web/studies.js'
import { makeReady } from './server-process.js'
import { type Body, useService } from './service.js'

const ABLATION = {
  ablation: {
    optimizer: { kind: 'random' },
    advisor: { kind: 'expert', warmup: 1 },
    ratios: [0.5],
    controls: ['copy'],
  },
  arms: undefined,
  baseline: undefined,
}

describe.each(databases())('the report of an experiment on $name', (engine) => {
  const service = useService(engine)
  let compared: Body
  beforeAll(async () => {
    const long = { ...comparison('').study, budget: { trials: 25 } }
    await service.post(
      '/experiments',
      comparison('compared', { seeds: 3, description: HOSTILE, study: long }),
    )
    await service.post('/experiments', comparison('ablated', ABLATION))
    compared = await untilEnded(service, 'compared')
    expect((await untilEnded(service, 'ablated')).state).toBe('finished')
  }, 120_000)

  const report = async (experiment: string, query = '') => {
    const { status, body, headers } = await service.get(`/experiments/${experiment}/report${query}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return { text: String(body), headers }
  }

  test('has every part, needs nothing else, and shows texts as texts', async () => {
    const { text, headers } = await report('compared')
    for (const heading of [
      'What the plan can and cannot show',
      'Arms',
      'Contrasts',
      'Over time',
      'Seed by seed',
      'Best configuration',
      'Cost',
      'Changes',
      'Methods and provenance',
    ])
      expect(text).toContain(`<h2>${heading}</h2>`)
    expect(text).not.toContain('<h2>Share of the advisor</h2>')
    expect(text).not.toMatch(/<(script|img|link|iframe|object)|<[^>]*\s(src|href)=|url\(|@import/i)
    expect(text).toContain('&lt;script&gt;')
    expect(text.match(/<svg /g)!.length).toBeGreaterThanOrEqual(5)
    expect(Buffer.byteLength(text)).toBeLessThan(300_000)
    expect(String(headers['content-security-policy'])).toContain("default-src 'none'")
  })

  test('says what the analysis says', async () => {
    const { body: analysis } = await service.get('/experiments/compared/analysis')
    const { text } = await report('compared', '?format=md')
    expect(text).toContain(contrastRow(analysis.contrasts[0]))
    for (const { name, mean } of analysis.arms)
      expect(text).toMatch(new RegExp(`\\d\\. ${name} \\| 3 of 3 \\| ${numberText(mean, 6)} `))
    for (const { endpoint } of compared.cells) expect(text).toContain(numberText(endpoint, 6))
    expect(text).toContain(compared.plan.summary)
    expect(text).toContain(compared.digest)
  })

  test('shows p before and after the correction', async () => {
    const { body: analysis } = await service.get('/experiments/ablated/analysis')
    const { text } = await report('ablated', '?format=md')
    expect(analysis.contrasts).toHaveLength(2)
    expect(analysis.contrasts.some(({ p, adjusted }: Body) => p !== adjusted)).toBe(true)
    for (const contrast of analysis.contrasts) expect(text).toContain(contrastRow(contrast))
  })

  const contrastRow = ({ arm, baseline, verdict, n, difference, low, high, p, adjusted }: Body) =>
    `| ${arm} | ${baseline} | ${verdict} | ${n} | ${numberText(difference, 3)} | ${numberText(low, 3)} to ${numberText(high, 3)} | ${numberText(p, 2)} | ${numberText(adjusted, 2)} |`

  test('draws curves whose means are those of the incumbents', async () => {
    const { body: analysis } = await service.get('/experiments/compared/analysis')
    const { arm, n, points } = analysis.anytime[1]
    expect([arm, n]).toEqual(['tpe', 3])
    expect(points.at(-1)[1]).toBeLessThan(points[40][1])
    const runs = await Promise.all([1, 2, 3].map((seed) => incumbents(`compared.tpe.${seed}`)))
    for (const [hours, mean, sd] of points) {
      const values = runs.map((steps) => steps.findLast((step) => step.hours <= hours + 1e-12)!.value)
      const expected = values.reduce((sum, value) => sum + value, 0) / 3
      expect(mean).toBeCloseTo(expected, 12)
      const squares = values.reduce((sum, value) => sum + (value - expected) ** 2, 0)
      expect(sd).toBeCloseTo(Math.sqrt(squares / 2), 12)
    }
    const { text } = await report('compared', '?format=csv&figure=anytime')
    const lines = text.trim().split('\r\n')
    expect(lines[0]).toBe('arm,runs,hours,mean,sd')
    expect(lines.at(-1)).toBe(['tpe', n, ...points.at(-1)].join(','))
    expect(lines).toHaveLength(1 + 2 * points.length)
  })

  const incumbents = async (study: string) => {
    const { body } = await service.get(`/studies/${study}/progress`)
    const { steps } = body.series.find(({ source }: Body) => source === null)
    return steps.map(({ trainSeconds, value }: Body) => ({ hours: trainSeconds / 3600, value })) as {
      hours: number
      value: number
    }[]
  }

  test('of an ablation has the endpoint over the share, with the controls and the optimizer alone', async () => {
    const { text } = await report('ablated')
    expect(text).toContain('<h2>Share of the advisor</h2>')
    const { text: csv } = await report('ablated', '?format=csv&figure=ratio')
    const rows = csv
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(','))
    expect(rows.map(([series, share, arm]) => [series, share, arm])).toEqual([
      ['expert', '0', 'alone'],
      ['expert', '0.5', 'expert-0.5'],
      ['expert', '1', 'expert-1'],
      ['copy', '0', 'alone'],
      ['copy', '0.5', 'copy-0.5'],
      ['copy', '1', 'copy-1'],
    ])
    const { body: analysis } = await service.get('/experiments/ablated/analysis')
    const mean = analysis.arms.find(({ name }: Body) => name === 'copy-1').mean
    expect(rows.at(-1)![4]).toBe(String(mean))
    const { text: svg } = await report('ablated', '?format=svg&figure=ratio')
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    expect(svg).toContain('copy: trend p')
  })

  test('names cells without a result, and why', async () => {
    await service.post(
      '/experiments',
      comparison('cut', { study: { ...comparison('').study, trainer: undefined } }),
    )
    const { status } = await service.post('/experiments/cut/stop', {
      reason: 'the card was needed | elsewhere',
    })
    expect(status).toBe(200)
    const { text } = await report('cut', '?format=md')
    expect(text).toContain('## Cells without a result')
    expect(text).toContain('| cut.tpe.2 | stopped | the card was needed \\| elsewhere |')
    expect(text).toContain('No cell has an endpoint yet.')
  })

  test('of a figure that there is not says which there are', async () => {
    const { status, body } = await service.get('/experiments/compared/report?format=svg&figure=nothing')
    expect([status, body.code]).toEqual([400, 'invalid_request'])
    expect(body.errors[0]).toMatchObject({
      path: 'figure',
      message: expect.stringMatching(/arms, differences, anytime, seeds/),
    })
    expect((await service.get('/experiments/nowhere/report')).body.code).toBe('experiment_not_found')
  })
})

describe('chiron report of an experiment', () => {
  const service = useService(anEngine())
  const folder = mkdtempSync(join(tmpdir(), 'chiron-report-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('writes the file; a name that neither has is refused', async () => {
    makeReady()
    await service.listen()
    await service.post('/experiments', comparison('written'))
    await untilEnded(service, 'written')
    const file = join(folder, 'report.html')
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [
        fromRoot('bin/chiron.mjs'),
        'report',
        ...args,
        '--server',
        service.url,
      ])
    await run('written', '-o', file)
    expect(readFileSync(file, 'utf8')).toContain('<h1>Report of written</h1>')
    await run('written', '-o', file, '--format', 'csv', '--figure', 'seeds')
    expect(readFileSync(file, 'utf8')).toMatch(/^seed,random,tpe\r\n1,/)
    await expect(run('nowhere')).rejects.toThrow('There is no study and no experiment named nowhere')
  }, 120_000)
})
