/**
 * `carry`: what a study gains from an earlier one on a smaller card: gp's day on a simulated card with 24 GB, known to a study
 * on the simulated H200 not at all, as its own trials, as a model with a learned weight, and as a misleading one.
 */
import { mean, median, standardDeviation } from '../../src/statistics/describe.js'
import { comparePaired } from '../../src/statistics/signed-rank.js'
import { fingerprint, openCache } from '../cache.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import { memoryLimitGb, targetBpb, terms } from '../quality/run.js'
import { type Bench, chosenFrom, type Measurement, type Subject, type Table } from '../subject.js'
import type { Card, Found, Hours, Known, Run } from './run.js'

export const carry: Subject = {
  name: 'carry',
  about: 'the first H200 hours of a study that knows an earlier one of a card with 24 GB',
  measure,
}

interface Arm {
  readonly id: string
  readonly label: string
  readonly card: Card
  readonly known: Known
}

const small: Card = { memoryGb: 24, speed: 1 }
const slow: Card = { memoryGb: 24, speed: 1 / 3 }

const arms: readonly Arm[] = [
  { id: 'nothing', label: 'nothing', card: slow, known: 'nothing' },
  { id: 'model', label: '24 GB, as a model', card: small, known: 'model' },
  { id: 'trials', label: '24 GB, as trials', card: small, known: 'trials' },
  { id: 'slow-model', label: '24 GB and a third of the speed, as a model', card: slow, known: 'model' },
  { id: 'slow-trials', label: '24 GB and a third of the speed, as trials', card: slow, known: 'trials' },
  { id: 'misleading', label: '24 GB with every value negated, as a model', card: small, known: 'opposite' },
]

const SEEDS = 32
const whole: Hours = { earlier: terms.budgetSeconds / 3600, here: 8 }
const brief: Hours = { earlier: 3, here: 1 }
const levels = [targetBpb, 0.9745, 0.974]

async function measure(bench: Bench): Promise<Measurement> {
  const chosen = chosenFrom(arms, bench.methods ?? (bench.quick ? ['model'] : undefined))
  const seeds = Array.from({ length: bench.seeds ?? (bench.quick ? 1 : SEEDS) }, (_, seed) => seed)
  const hours = bench.quick ? brief : whole
  const runs = seeds.flatMap((seed) => [small, slow].flatMap((card) => runOn(chosen, { card, seed, hours })))
  const { found, faults } = await runAll(runs, bench)
  const rows = chosen.flatMap((arm) => {
    const own = runs.filter((run) => run.card === arm.card)
    const failed = own.findIndex((run) => !found.has(run))
    const whole = failed === -1 ? own : own.slice(0, failed)
    const place = own[0]!.known.indexOf(arm.known)
    return whole.length === 0 ? [] : [{ arm, found: whole.map((run) => found.get(run)![place]!) }]
  })
  return {
    tables: [tableOf(rows, hours)],
    pictures: {},
    versions: {},
    missing: faults,
    rows: rows.map(rowOf),
    raw: rows.map(({ arm, found: scores }) => ({ id: arm.id, scores })),
  }
}

/** All that is known of one earlier study is measured together, because that study takes longest. */
function runOn(chosen: readonly Arm[], run: Omit<Run, 'known'>): Run[] {
  const known = chosen.filter((arm) => arm.card === run.card).map((arm) => arm.known)
  return known.length === 0 ? [] : [{ ...run, known }]
}

async function runAll(runs: readonly Run[], { resume, processes }: Bench) {
  const cache = openCache(resume)
  const code = fingerprint(['optimizers', 'search-spaces', 'trainer/landscape', 'bench/carry/run.ts'])
  const keyOf = (run: Run) => ({ subject: 'carry', ...run, terms, memoryLimitGb, code })
  const found = new Map<Run, readonly Found[]>()
  const faults: { row: string; because: string }[] = []
  for (const run of runs) {
    const before = cache.get<Found[]>(keyOf(run))
    if (before) found.set(run, before)
  }
  const left = runs.filter((run) => !found.has(run))
  const progress = openProgress('carry', left.length)
  await pool<Run, Found[]>(workerBeside(import.meta.url), left, processes, (run, answer) => {
    progress.step(`speed ${run.card.speed.toFixed(2)}, seed ${run.seed}`)
    if ('fault' in answer) {
      faults.push({ row: run.known.join(', '), because: `seed ${run.seed}: ${answer.fault}` })
    } else {
      found.set(run, answer.done)
      cache.put(keyOf(run), answer.done)
    }
  })
  progress.end()
  return { found, faults }
}

interface Row {
  readonly arm: Arm
  readonly found: readonly Found[]
}

function hoursTo(level: number, { incumbents }: Found): number {
  return incumbents.find(([, observed]) => observed <= level)?.[0] ?? Number.POSITIVE_INFINITY
}

function rowOf({ arm, found }: Row) {
  const hours = levels.map((level) => {
    const each = found.map((one) => hoursTo(level, one))
    return { level, median: orNull(median(each)), reached: each.filter(Number.isFinite).length }
  })
  const recommended = found.map((one) => one.recommended)
  const carried = found.map((one) => one.carried)
  return {
    id: arm.id,
    seeds: found.length,
    hours,
    recommended: { mean: mean(recommended), sd: standardDeviation(recommended) },
    ...(arm.known !== 'nothing' && { carried: mean(carried) }),
  }
}

function tableOf(rows: readonly Row[], hours: Hours): Table {
  const plain = rows.find(({ arm }) => arm.known === 'nothing')
  return {
    title: `carry: the first ${hours.here} simulated H200 hours of gp, by what is known of an earlier study`,
    columns: [
      'known',
      'seeds',
      'its best, here',
      ...levels.map((level) => `hours to ${level}`),
      'recommended',
      'less nothing',
    ],
    rows: rows.map((row) => {
      const { seeds, hours, recommended, carried } = rowOf(row)
      return [
        row.arm.label,
        String(seeds),
        carried === undefined ? '–' : carried.toFixed(4),
        ...hours.map((one) => `${one.median?.toFixed(1) ?? '–'} (${one.reached}/${seeds})`),
        `${recommended.mean.toFixed(5)}${seeds > 1 ? ` ± ${recommended.sd.toFixed(5)}` : ''}`,
        plain && plain !== row ? againstNothing(row, plain) : '–',
      ]
    }),
    notes: [
      `The earlier study is ${hours.earlier} hours of gp with the learned preflight. ` +
        '“Its best, here” is what its best configuration is worth ' +
        'on the H200. Hours are charged ones until a value at or below the level was observed, the median over all seeds (how ' +
        'many got there). “Recommended” is what the recommended configuration is worth without noise, mean ± standard ' +
        'deviation; the last column is its mean difference in thousandths, negative where knowledge helps (p of the paired ' +
        'one-sided Wilcoxon signed-rank test that it is better).',
    ],
  }
}

function againstNothing({ found }: Row, plain: Row): string {
  const pairs = Math.min(found.length, plain.found.length)
  const [ours, theirs] = [found, plain.found].map((all) =>
    all.slice(0, pairs).map((one) => one.recommended),
  ) as [number[], number[]]
  const { difference, p } = comparePaired(ours, theirs)
  return `${(1000 * difference).toFixed(2)} (${p.toPrecision(2)})`
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
