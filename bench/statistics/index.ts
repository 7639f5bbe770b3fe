/**
 * `statistics`: what the tests and intervals of experiments do where the truth is known, by simulation. Nothing
 * here is compared with a peer or a clock; the same command gives the same figures.
 */
import type { Bench, Measurement, Subject } from '../subject.js'
import { measureCoverage } from './coverage.js'
import { measureAnalyses, measureOnce } from './families.js'
import { coveragePicture, stoppingPicture } from './pictures.js'
import { comparePowers, planRow } from './plans.js'
import { LOOKS, levelsOf, measureStopping } from './sequential.js'
import { coverageTable, familyTable, planTable, powerTable, stoppingTable } from './tables.js'

export const statistics: Subject = {
  name: 'statistics',
  about: 'error rates, power and coverage of the tests and intervals of experiments, by simulation',
  measure,
}

async function measure({ quick, say }: Bench): Promise<Measurement> {
  const times = quick ? 0.05 : 1
  const repetitions = { stopping: 20_000, coverage: 4000, once: 20_000, analyses: 1000, power: 20_000 }
  const of = (what: keyof typeof repetitions) => Math.round(times * repetitions[what])
  say('statistics: rules that stop early')
  const stopping = measureStopping(of('stopping'))
  say('statistics: coverage of intervals')
  const coverage = measureCoverage(of('coverage'))
  say('statistics: arms that do not differ')
  const families = [...measureOnce(of('once')), ...measureAnalyses(of('analyses'))]
  say('statistics: power of the two tests')
  const powers = comparePowers(of('power'))
  const plans = [1, 4, 9, 20].map((contrasts) => planRow(contrasts))
  return {
    tables: [
      stoppingTable(stopping, of('stopping'), levelsOf(LOOKS)),
      coverageTable(coverage, of('coverage')),
      familyTable(families),
      powerTable(powers, of('power')),
      planTable(plans),
    ],
    pictures: {
      'statistics-errors': stoppingPicture(stopping, 'errors'),
      'statistics-power': stoppingPicture(stopping, 'power'),
      'statistics-coverage': coveragePicture(coverage),
    },
    versions: {},
    missing: [],
    rows: [
      ...stopping.map(({ situation, rule, declaredBy, meanSeeds }) => ({
        situation,
        rule,
        declared: declaredBy.at(-1)!,
        meanSeeds,
      })),
      ...coverage,
      ...families,
      ...powers,
      ...plans,
    ],
    raw: {
      repetitions: Object.fromEntries(Object.entries(repetitions).map(([key, n]) => [key, times * n])),
      stopping,
    },
  }
}
