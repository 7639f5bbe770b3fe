/** What the service decides at reports is what the pure rules decide from all reports of the study: its queries read no less. */
import { describe, expect, it } from 'vitest'
import { stream } from '../../optimizers/rng.js'
import type { StudyReports } from '../../optimizers/schedulers/contract.js'
import { decide, type SchedulerOptions } from '../../optimizers/schedulers/replay.js'
import type { Database } from '../../src/storage/database.js'
import { databases } from '../postgres.js'
import { useService } from './service.js'

const [engine] = databases()
const rules: readonly SchedulerOptions[] = [
  { rule: 'median', startupTrials: 3, warmupSteps: 1 },
  { rule: 'halving', minStep: 1, factor: 2 },
  { rule: 'forecast', chance: 0.3, startupTrials: 5, warmupSteps: 1 },
]
const STEPS = 5

describe.each(rules)('by $rule', (options) => {
  const service = useService(engine!)

  it.each(['minimize', 'maximize'] as const)('decisions are those of a replay, to %s', async (direction) => {
    const name = await service.create({ objective: { metric: 'v', direction }, pruning: options })
    const id = await service.id(name)
    const rng = stream(5)
    let stops = 0
    for (let number = 0; number < 40; number++) {
      const trial = await service.askOne(name)
      const final = rng.normal()
      const fails = rng.uniform() < 0.1
      let told: Record<string, unknown> = fails
        ? { outcome: 'crashed' }
        : { outcome: 'complete', value: final }
      for (let step = 1; step <= STEPS; step++) {
        const value = final + (STEPS - step) * (0.3 * rng.normal() + 0.5)
        const url = `/studies/${name}/trials/${number}/report`
        const { token } = trial.lease
        const { expiresAt: _, ...decision } = (await service.post(url, { token, step, value })).body
        const study = await reportsOf(service.running.database, id)
        expect(decision).toEqual(decide(options, direction, { number, step, value }, study))
        if (decision.decision !== 'stop') continue
        stops++
        told = { outcome: 'pruned', value }
        break
      }
      await service.tell(name, trial, told)
    }
    expect(stops).toBeGreaterThan(3)
    expect(stops).toBeLessThan(37)
  })
})

async function reportsOf(database: Database, id: string): Promise<StudyReports> {
  const rows = await database.query<StudyReports[number]>(
    `select t.number, t.state, t.value, t.foreseen,
            coalesce((select json_agg(json_build_object('step', r.step, 'value', r.value) order by r.step)
               from reports r where r.study_id = t.study_id and r.number = t.number), '[]') as reports
       from trials t where t.study_id = $1 order by t.number`,
    [id],
  )
  return rows.map(({ value, foreseen, ...row }) => ({
    ...row,
    ...(typeof value === 'number' && { value }),
    ...(foreseen && { foreseen }),
  }))
}
