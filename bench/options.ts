/**
 * Measures each option of an optimizer by changing one at a time, on the simulated H200, with the protocol of `quality`.
 * The tables in docs/cma-es.md, docs/tpe.md and docs/smac.md are its output.
 *
 *     npx tsx bench/options.ts cma-es [seeds] [workers] [first seed] [changes, such as '[{}, {"preflight": "formula"}]']
 *
 * `preflight` is an option of the search, not of the optimizer. It is off unless a change sets it.
 */
import type { PreflightMode } from '../optimizers/feasibility/preflight.js'
import { mean, standardDeviation } from '../src/statistics/describe.js'
import { signedRankLess } from '../src/statistics/signed-rank.js'
import type { OurMethod } from './quality/methods.js'
import { runOnce, type Score } from './quality/run.js'
import { markdown } from './table.js'

type Change = Readonly<Record<string, unknown>>

const changes: Readonly<Record<string, readonly Change[]>> = {
  'cma-es': [
    {},
    { sampling: 'independent' },
    { bounds: 'resample' },
    { sampling: 'independent', bounds: 'resample' },
    { mean: 'centre' },
    { sigma: 0.1 },
    { sigma: 0.2 },
    { sigma: 0.3 },
    { population: 8 },
    { population: 16 },
    { population: 24 },
    { margin: 'hamano-2022' },
    { learningRate: 'adaptive' },
  ],
  tpe: [
    {},
    { climb: 0 },
    { climb: 4 },
    { startup: 10 },
    { gamma: { share: 0.15 } },
    { weights: 'uniform' },
    { bandwidth: { factor: 0.05 } },
    { bandwidth: { factor: 0.2 } },
    { bandwidth: { rule: 'scott' } },
    { categoricalBandwidth: 0.2 },
    { candidates: 12 },
    { multivariate: false },
  ],
  smac: [
    {},
    { leaf: 1 },
    { leaf: 4 },
    { columns: 1 },
    { trees: 10 },
    { trees: 60 },
    { interleave: 0 },
    { interleave: 0.2 },
    { startup: 28 },
  ],
}

const kind = process.argv[2] ?? 'cma-es'
const [seeds, workers] = [Number(process.argv[3] ?? 32), Number(process.argv[4] ?? 1)]
/** Choose defaults on other seeds than those of `quality`, which begin at 0. */
const first = Number(process.argv[5] ?? 0)
const given: readonly Change[] = process.argv[6] ? JSON.parse(process.argv[6]) : (changes[kind] ?? [{}])

const rows: string[][] = []
let unchanged: readonly Score[] = []
for (const change of given) {
  const scores = await scoresOf(change)
  if (unchanged.length === 0) unchanged = scores
  rows.push(rowOf(change, scores))
  process.stderr.write(`${rows.at(-1)!.join('  ')}\n`)
}
console.log(
  markdown({
    title: `${kind}: one option changed at a time, ${seeds} seeds from ${first}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    columns: ['change', 'best observed', 'less unchanged', 'without noise', 'OOM', 'unchanged is better: p'],
    rows,
    notes: ['Mean ± standard deviation over seeds; differences are paired by seed, ± their standard error.'],
  }),
)

async function scoresOf({ preflight = 'off', ...change }: Change): Promise<Score[]> {
  const method: OurMethod = {
    id: JSON.stringify(change),
    label: '',
    family: 'Models',
    by: 'us',
    search: { optimizer: { kind, ...change }, preflight: preflight as PreflightMode },
    tested: false,
  }
  const scores: Score[] = []
  for (let seed = first; seed < first + seeds; seed++) scores.push(await runOnce({ method, seed, workers }))
  return scores
}

function rowOf(change: Change, scores: readonly Score[]): string[] {
  const best = scores.map((score) => score.best)
  const gains = best.map((value, i) => value - unchanged[i]!.best)
  const trials = scores.reduce((sum, score) => sum + score.trials, 0)
  const oom = scores.reduce((sum, score) => sum + score.oom, 0)
  return [
    Object.entries(change)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      .join(', ') || 'none',
    `${mean(best).toFixed(5)} ± ${standardDeviation(best).toFixed(5)}`,
    scores === unchanged
      ? ''
      : `${mean(gains).toFixed(5)} ± ${(standardDeviation(gains) / Math.sqrt(gains.length)).toFixed(5)}`,
    mean(scores.map((score) => score.truth)).toFixed(5),
    `${((100 * oom) / trials).toFixed(1)} %`,
    scores === unchanged
      ? ''
      : signedRankLess(
          unchanged.map((score) => score.best),
          best,
        ).p.toPrecision(2),
  ]
}
