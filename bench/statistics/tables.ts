/** The tables of `statistics`. */
import type { Table } from '../subject.js'
import { type Coverage, SIZES } from './coverage.js'
import type { FamilyError } from './families.js'
import type { PlanRow, TestPower } from './plans.js'
import { LOOKS, rules, type Stopping, situations } from './sequential.js'

export function stoppingTable(
  rows: readonly Stopping[],
  repetitions: number,
  levels: readonly number[],
): Table {
  const [without, cauchy, half, one] = situations
  const of = (rule: string, situation: string) =>
    rows.find((row) => row.rule === rule && row.situation === situation)!
  const declared = (row: Stopping) => percent(row.declaredBy.at(-1)!)
  return {
    title: 'statistics: an arm is declared better within 20 seeds',
    columns: ['rule, α = .05', 'no difference', 'no difference, Cauchy', '0.5 sd', 'seeds', '1 sd', 'seeds '],
    rows: Object.keys(rules).map((rule) => [
      rule,
      declared(of(rule, without!.name)),
      declared(of(rule, cauchy!.name)),
      declared(of(rule, half!.name)),
      of(rule, half!.name).meanSeeds.toFixed(1),
      declared(of(rule, one!.name)),
      of(rule, one!.name).meanSeeds.toFixed(1),
    ]),
    notes: [
      `${repetitions} repetitions. The sd is that of the difference between the two arms of a seed, normal unless said ` +
        'otherwise; seeds is the mean number until the arm is declared, or 20. The planned looks at ' +
        `${LOOKS.join(', ')} have the levels ${levels.map((level) => level.toFixed(4)).join(', ')}.`,
    ],
  }
}

export function coverageTable(rows: readonly Coverage[], repetitions: number): Table {
  const kinds = [...new Map(rows.map((row) => [`${row.interval}, ${row.distribution}`, row])).values()]
  return {
    title: 'statistics: how often a 95 % interval holds the true centre',
    columns: ['interval, distribution', ...SIZES.map((n) => `n = ${n}`)],
    rows: kinds.map(({ interval, distribution }) => [
      `${interval}, ${distribution}`,
      ...SIZES.map((n) => {
        const own = rows.find(
          (row) => row.interval === interval && row.distribution === distribution && row.seeds === n,
        )
        return own?.covers == null ? '–' : percent(own.covers)
      }),
    ]),
    notes: [
      `${repetitions} repetitions; 1000 resamples a bootstrap. Hodges–Lehmann needs six values at 95 %.`,
    ],
  }
}

export function familyTable(rows: readonly FamilyError[]): Table {
  return {
    title: 'statistics: arms that do not differ from their baseline, and something is declared better',
    columns: ['rule', 'arms', 'seeds', 'experiments'],
    rows: rows.map(({ rule, arms, seeds, wrong }) => [rule, String(arms), String(seeds), percent(wrong)]),
    notes: [
      `One-sided signed rank; ${rows[0]!.repetitions} repetitions, and ${rows.at(-1)!.repetitions} of the last two rows, ` +
        'which are verdicts of `analyse` with Holm’s correction over all arms.',
    ],
  }
}

export function powerTable(rows: readonly TestPower[], repetitions: number): Table {
  return {
    title: 'statistics: power of the signed-rank and the Mann–Whitney test, one look at α = .05',
    columns: ['seeds, effect', 'correlation', 'signed rank', 'Mann–Whitney'],
    rows: rows.map(({ seeds, effect, correlation, power }) => [
      `${seeds} seeds, ${effect} sd`,
      correlation.toFixed(2),
      percent(power['signed-rank']),
      percent(power['mann-whitney']),
    ]),
    notes: [
      `${repetitions} repetitions. The sd is that of one arm’s endpoint from seed to seed; the correlation is between the ` +
        'two arms of a seed.',
    ],
  }
}

export function planTable(rows: readonly PlanRow[]): Table {
  const sizes = Object.keys(rows[0]!.leastAdjusted).map(Number)
  return {
    title:
      'statistics: the least p after Holm, and the seeds from which on something can be significant at .05',
    columns: ['contrasts', ...sizes.map((n) => `n = ${n}`), 'seeds, signed rank', 'seeds, Mann–Whitney'],
    rows: rows.map(({ contrasts, leastAdjusted, needed }) => [
      String(contrasts),
      ...sizes.map((n) => leastAdjusted[n]!.toFixed(3)),
      String(needed['signed-rank']),
      String(needed['mann-whitney']),
    ]),
    notes: ['One-sided, one look; the least p is that of the exact signed-rank test.'],
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
