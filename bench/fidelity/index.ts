/**
 * Measures the value of pruning for gp: simulated GPU hours without a rule and with each rule, seed by seed. A pruned trial is
 * charged the seconds that it ran. Its output is the table in docs/gp.md. Measurements are cached, so that an interrupted run
 * can continue.
 *
 *     npx tsx bench/fidelity/index.ts [seeds, or first-last] [hours] [rules, such as '[null, {"rule": "median"}]'] [optimizer]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { readConfig } from '../../src/config.js'
import { startService } from '../../src/service.js'
import { mean, median, standardDeviation } from '../../src/statistics/describe.js'
import { signedRankLess } from '../../src/statistics/signed-rank.js'
import { fingerprint, openCache } from '../cache.js'
import { memoryLimitGb, targetBpb } from '../quality/run.js'
import { seedsFrom } from '../seeds.js'
import { markdown } from '../table.js'
import { type Call, type Pruning, runOnce, type Score } from './run.js'

const [seeds = '100-107', givenHours = '24', givenRules, givenOptimizer = '{"kind": "gp"}'] =
  process.argv.slice(2)
const rules: readonly Pruning[] = givenRules
  ? JSON.parse(givenRules)
  : [
      null,
      { rule: 'forecast' },
      { rule: 'median', startupTrials: 20, warmupSteps: 15 },
      { rule: 'halving', minStep: 10 },
    ]
const hours = Number(givenHours)
const optimizer = JSON.parse(givenOptimizer)
const { first, last } = seedsFrom(seeds)
const cache = openCache(true)
const code = fingerprint([
  ...['optimizers', 'search-spaces', 'trainer/landscape', 'src/domain', 'src/trials/reports/pruning.ts'],
  ...['src/trials/reports/forecast.ts', 'bench/fidelity/run.ts'],
])

const home = await mkdtemp(join(tmpdir(), 'chiron-bench-'))
const service = await startService(
  readConfig({ CHIRON_DATA_DIR: home, LOG_LEVEL: 'silent' }),
  pino({ level: 'silent' }),
)
const call: Call = async (method, url, payload) => {
  const answer = await service.app.inject({ method, url, ...(payload && { payload }) })
  if (answer.statusCode >= 400) throw new Error(`${method} ${url}: ${answer.body}`)
  return answer.json()
}
try {
  const rows: string[][] = []
  let without: readonly Score[] = []
  for (const rule of rules) {
    const scores: Score[] = []
    for (let seed = first; seed <= last; seed++) scores.push(await scoreOf(rule, seed))
    if (without.length === 0) without = scores
    rows.push(rowOf(rule, scores, without))
    process.stderr.write(`${rows.at(-1)!.join('  ')}\n`)
  }
  console.log(tableOf(rows))
} finally {
  await service.close()
  await rm(home, { recursive: true, force: true })
}

async function scoreOf(rule: Pruning, seed: number): Promise<Score> {
  const key = { subject: 'fidelity', rule, optimizer, seed, hours, memoryLimitGb, targetBpb, code }
  const known = cache.get<Score>(key)
  if (known) return known
  const score = await runOnce(call, { pruning: rule, optimizer, hours, seed })
  cache.put(key, score)
  return score
}

function tableOf(rows: string[][]): string {
  return markdown({
    title: `fidelity: ${JSON.stringify(optimizer)}, ${hours} hours, seeds ${first} to ${last}`,
    columns: [
      'rule',
      'best observed',
      'without noise',
      'recommended',
      'trials',
      'pruned',
      'hours of pruned',
      `hours to ${targetBpb}, median`,
      'better than the first: p',
    ],
    rows,
    notes: [
      '± is the standard error of the mean. p: of what is recommended, one-sided, by Wilcoxon’s signed ranks.',
    ],
  })
}

function rowOf(rule: Pruning, scores: readonly Score[], without: readonly Score[]): string[] {
  const about = (of: (score: Score) => number, digits: number) => {
    const values = scores.map(of)
    const error = values.length > 1 ? standardDeviation(values) / Math.sqrt(values.length) : 0
    return `${mean(values).toFixed(digits)} ± ${error.toFixed(digits)}`
  }
  const recommended = (some: readonly Score[]) => some.map((score) => score.recommended)
  return [
    rule === null ? 'none' : Object.values(rule).join(' '),
    about((score) => score.best, 5),
    about((score) => score.truth, 5),
    about((score) => score.recommended, 5),
    about((score) => score.trials, 0),
    about((score) => score.pruned, 0),
    about((score) => score.prunedHours, 1),
    median(scores.map((score) => score.targetHours ?? Number.POSITIVE_INFINITY)).toFixed(1),
    scores === without || scores.length < 2
      ? ''
      : signedRankLess(recommended(scores), recommended(without)).p.toPrecision(2),
  ]
}
