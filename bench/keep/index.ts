/**
 * `keep`: what each rule for keeping an edit keeps wrongly, misses and costs, where the truth is known, by simulation.
 * The same command gives the same figures.
 */
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { measureDecisions } from './decisions.js'
import { decisionsPicture } from './pictures.js'
import { rules } from './rules.js'
import type { StudyResult } from './simulated-study.js'
import { NOISES, studiesOf, summarize } from './summary.js'
import { decisionsTable, studiesTable } from './tables.js'

export const keep: Subject = {
  name: 'keep',
  about: 'false keeps, missed gains and GPU hours of the rules that keep edits of code agents, by simulation',
  measure,
}

async function measure({ quick, seeds, methods, say }: Bench): Promise<Measurement> {
  const studies = seeds ?? (quick ? 10 : 400)
  const repetitions = quick ? 100 : 2000
  const chosen = chosenFrom(rules, methods)
  const runs = NOISES.flatMap((noise) =>
    chosen.map((rule) => {
      say(`keep: ${rule.id} at a noise of ${noise}`)
      const results = studiesOf(rule, noise, studies)
      return { row: summarize(rule, noise, results), results }
    }),
  )
  const rows = runs.map(({ row }) => row)
  say('keep: single decisions')
  // Their noise is 1, so a rule whose gain is a number of its own has no place among them.
  const scaled = chosen.filter(({ id }) => id !== 'confirmed-gain')
  const decisions = measureDecisions(scaled, repetitions)
  return {
    tables: [
      ...NOISES.map((noise) =>
        studiesTable(
          noise,
          rows.filter((row) => row.noise === noise),
          studies,
        ),
      ),
      decisionsTable(decisions, scaled, repetitions, chosen),
    ],
    pictures: { 'keep-decisions': decisionsPicture(decisions, scaled) },
    versions: {},
    missing: [],
    rows: [...rows, ...decisions],
    raw: {
      studies,
      repetitions,
      results: runs.map(({ row: { rule, noise }, results }) => ({ rule, noise, ...columnsOf(results) })),
    },
  }
}

/** A column a figure, one entry a study. */
function columnsOf(results: readonly StudyResult[]): Record<keyof StudyResult, number[]> {
  const column = (name: keyof StudyResult) => results.map((result) => Number(result[name].toPrecision(6)))
  const names = Object.keys(results[0]!) as (keyof StudyResult)[]
  return Object.fromEntries(names.map((name) => [name, column(name)])) as Record<keyof StudyResult, number[]>
}
