import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  contrastsTable,
  measureAblation,
  sharesPicture,
  sharesTable,
} from '../../bench/experiments/ablation.js'
import { measureOverhead, overheadTable, shareOf } from '../../bench/experiments/overhead.js'
import { armPairsTable, correlations, correlationTable, measurePairs } from '../../bench/experiments/pairs.js'
import { measureReading, readingTable } from '../../bench/experiments/reading.js'
import { failuresOf, openService } from '../../bench/experiments/run-experiment.js'
import { measureStudy, paperTable, studyTable } from '../../bench/experiments/study.js'
import { serveModel, stepFromBest } from '../../bench/stand-in-model.js'
import { markdown } from '../../bench/table.js'
import { spaceNamed } from '../../search-spaces/index.js'

const say = () => {}

describe('the subject experiments', { timeout: 300_000 }, () => {
  it('sees pairs pair: two arms in their common starting design find the same', async () => {
    const size = { hours: 0.4, seeds: 4 }
    const variants = await measurePairs(size, say)
    expect(variants.flatMap(({ missing }) => missing)).toEqual([])
    const ofDesign = (paired: boolean) => {
      const variant = variants.find((one) => one.paired === paired)!
      const best = correlations(variant).find(({ measure }) => measure === 'best')!
      expect(best.seeds).toBe(4)
      return best.byPair.find(({ arms }) => arms.join() === 'tpe,gp')!.r
    }
    expect(ofDesign(true)).toBeCloseTo(1, 9)
    expect(ofDesign(false)).toBeLessThan(0.99)
    expect(markdown(correlationTable(variants, size))).toMatch(/best observed +\| +4, 4 \|/)
    expect(markdown(armPairsTable(variants))).toContain('cma-es and centaur-expert')
  })

  it('runs the published study with a stand-in for the model', async () => {
    const size = { hours: 0.4, seeds: 2 }
    const ended = await measureStudy(size, say)
    expect(failuresOf(ended)).toEqual([])
    expect(ended.cells).toHaveLength(28)
    for (const { llmCalls, fallbacks, trials } of ended.cells.filter(({ arm }) => arm === 'agent-14hp')) {
      expect(llmCalls).toBe(trials - 1)
      expect(fallbacks).toBe(0)
    }
    for (const { arm, llmCalls, fallbacks } of ended.cells.filter(({ arm }) => arm.startsWith('llambo'))) {
      expect(llmCalls, arm).toBeGreaterThan(0)
      expect(fallbacks, arm).toBe(0)
    }
    expect(markdown(studyTable(ended, size))).toMatch(/\| agent-14hp +\| +2 \|/)
    expect(markdown(paperTable(ended, size))).toMatch(
      /\| Random +\| +0\.9873 ± 0\.0021 \| +56 % \| +0\.9869 \|/,
    )
  })

  it('runs the ratio ablation, and shows the controls at every share', async () => {
    const size = { hours: 0.2, seeds: 2 }
    const ended = await measureAblation(size, say)
    expect(failuresOf(ended)).toEqual([])
    expect(ended.cells).toHaveLength(42)
    const table = sharesTable(ended, size)
    expect(table.rows.map(([share]) => share)).toEqual([
      '0 (alone)',
      '0.1',
      '0.3',
      '0.5',
      '0.8',
      '1',
      'trend: p',
    ])
    expect(new Set(table.rows[0]!.slice(1)).size, 'every column begins with the optimizer alone').toBe(1)
    expect(contrastsTable(ended).rows.map(([arm]) => arm)).toContain('expert-0.8')
    expect(sharesPicture(ended.analysis, size)).not.toContain('NaN')
  })

  it('compares the processor time of cells with that of the same studies', async () => {
    const size = { hours: 0.2, seeds: 1, rounds: 1, whole: { hours: 0.4, seeds: 1, rounds: 1 } }
    const { rounds, whole } = await measureOverhead(size, say)
    expect([rounds.length, whole.length]).toEqual([1, 1])
    for (const seconds of [...Object.values(rounds[0]!), ...whole]) expect(seconds).toBeGreaterThan(0)
    const known = {
      rounds: [
        { experiment: 10.06, direct: 10 },
        { experiment: 10.12, direct: 10 },
      ],
      whole: [6],
    }
    const { cell, study, share } = shareOf(known, size)
    expect([cell, study, share].map((value) => Number(value.toFixed(9)))).toEqual([0.03, 2, 0.015])
    expect(markdown(overheadTable(known, size))).toMatch(/\| mean +\| +10\.09 \| +10\.00 \| +30\.0 \|/)
  })

  it('reads a large experiment that has ended, and none of its trials', async () => {
    const size = { arms: 3, seeds: 4, trials: 6, incumbents: 5, times: 2 }
    const { readings } = await measureReading(size, say)
    expect(readings[0]!.database).toBe('PGlite')
    for (const { reads, trialsRead } of readings) {
      expect(reads.map(({ then }) => then.length)).toEqual([2, 2, 2])
      expect(trialsRead ?? 0).toBe(0)
    }
    expect(markdown(readingTable(readings, size))).toContain('/experiments/{e}/analysis')
  })
})

describe('the stand-in for a model', () => {
  const space = spaceNamed('autoresearch-14')!

  it('changes one parameter of the best configuration that the service shows it', {
    timeout: 120_000,
  }, async () => {
    const model = await serveModel(stepFromBest(space))
    const service = await openService(say, { OPENAI_BASE_URL: model.url })
    try {
      const advisor = { kind: 'llm', model: 'openai-compatible:any', ratio: 1, warmup: 1, view: 'history' }
      await service.http.post('/studies', {
        name: 'advised',
        space: 'autoresearch-14',
        objective: { metric: 'val_bpb' },
        trainer: 'simulated-h200',
        method: { optimizer: { kind: 'random' }, preflight: 'off', advisor },
        budget: { trials: 2 },
      })
      while ((await service.http.get<{ state: string }>('/studies/advised')).state !== 'finished')
        await setTimeout(50)
      const { trials } = await service.http.get<{ trials: { params: Record<string, unknown> }[] }>(
        '/studies/advised/trials',
      )
      const [first, second] = trials.map(({ params }) => params) as [object, Record<string, unknown>]
      const changed = Object.entries(first).filter(([name, value]) => second[name] !== value)
      // a changed batch size may be repaired together with the other one
      expect(changed.length).toBeLessThanOrEqual(2)
    } finally {
      await service.stop()
      await model.close()
    }
  })

  it('draws a configuration where the prompt shows none, the same for the same prompt', () => {
    const suggest = stepFromBest(space)
    expect(suggest('no trial yet')).toEqual(suggest('no trial yet'))
    expect(suggest('no trial yet')).not.toEqual(suggest('none yet'))
  })
})
