/**
 * `advice`: what makes advice worth having. The optimizer that leads is gp, which an advisor's fixed share only costs trials; here
 * the advisor has a say at first only, where the model expects something of it, as one more candidate, or as a prior.
 */
import { spaceNamed } from '../../search-spaces/index.js'
import { mean, median } from '../../src/statistics/describe.js'
import { holm } from '../../src/statistics/holm.js'
import { comparePaired } from '../../src/statistics/signed-rank.js'
import { meanInterval } from '../../src/statistics/student-t.js'
import { fingerprint, openCache } from '../cache.js'
import { noise } from '../centaur/arms.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import { memoryLimitGb, probe, spaceName, terms } from '../quality/run.js'
import { type Bench, chosenFrom, type Measurement, type Subject, type Table } from '../subject.js'
import { type Arm, alone, arms, leader } from './arms.js'
import { HOURS, type Run, type Score, TARGET } from './run.js'

export const advice: Subject = {
  name: 'advice',
  about: `gp alone and with an advisor in other ways than a fixed share, the first ${HOURS} hours`,
  measure,
}

const SEEDS = 32

interface Group {
  readonly arm: Arm
  readonly scores: readonly Score[]
}

async function measure(bench: Bench): Promise<Measurement> {
  const wanted = bench.methods && [alone.id, ...bench.methods.filter((id) => id !== alone.id)]
  const chosen = chosenFrom(arms, wanted)
  const seeds = bench.seeds ?? (bench.quick ? 1 : SEEDS)
  const runs = Array.from({ length: seeds }, (_, seed) => chosen.map((arm) => ({ arm, seed }))).flat()
  const { scores, missing } = await runAll(runs, bench)
  const groups = chosen.map((arm) => groupOf(arm, runs, scores)).filter((group) => group.scores.length > 0)
  const contrasts = contrastsOf(groups)
  return {
    tables: [table(groups, contrasts)],
    pictures: {},
    versions: {},
    missing,
    rows: [
      ...groups.map(({ arm, scores }) => ({ id: arm.id, seeds: scores.length, ...meansOf(scores) })),
      ...contrasts,
    ],
    raw: groups.map(({ arm, scores }) => ({ id: arm.id, scores })),
  }
}

async function runAll(runs: readonly Run[], { resume, processes }: Bench) {
  const cache = openCache(resume)
  const scores = new Map<Run, Score>()
  const missing: { row: string; because: string }[] = []
  const open = runs.filter((run) => {
    const known = cache.get<Score>(cacheKey(run))
    if (known) scores.set(run, known)
    return !known
  })
  const progress = openProgress('advice', open.length)
  await pool<Run, Score>(workerBeside(import.meta.url), open, processes, (run, answer) => {
    progress.step(`${run.arm.id}, seed ${run.seed}`)
    if ('fault' in answer) missing.push({ row: run.arm.id, because: `seed ${run.seed}: ${answer.fault}` })
    else {
      scores.set(run, answer.done)
      cache.put(cacheKey(run), answer.done)
    }
  })
  progress.end()
  return { scores, missing }
}

/** The seeds from 0 up to the first failed one, because comparisons are paired by seed. */
function groupOf(arm: Arm, runs: readonly Run[], scores: ReadonlyMap<Run, Score>): Group {
  const own = runs.filter((run) => run.arm === arm)
  const failed = own.findIndex((run) => !scores.has(run))
  return { arm, scores: (failed === -1 ? own : own.slice(0, failed)).map((run) => scores.get(run)!) }
}

function meansOf(scores: readonly Score[]) {
  const of = (what: (score: Score) => number) => mean(scores.map(what))
  return {
    best: of(({ best }) => best),
    truth: of(({ truth }) => truth),
    hours: median(scores.map(({ hours }) => hours ?? Infinity)),
    turns: of(({ turns }) => turns),
    taken: of(({ taken }) => taken),
  }
}

/** Each arm against the optimizer alone, by the noise-free worth of what it found: one family. */
function contrastsOf(groups: readonly Group[]) {
  const [first, ...others] = groups
  const raw = others.map(({ arm, scores }) => {
    const [ours, theirs] = [scores, first!.scores].map((all) => all.map(({ truth }) => truth))
    const pairs = Math.min(ours!.length, theirs!.length)
    const differences = Array.from({ length: pairs }, (_, i) => ours![i]! - theirs![i]!)
    const interval = pairs > 1 ? meanInterval(differences) : null
    return { arm: arm.id, ...comparePaired(ours!.slice(0, pairs), theirs!.slice(0, pairs)), interval }
  })
  const adjusted = holm(raw.map(({ p }) => p))
  return raw.map((contrast, i) => ({ ...contrast, adjusted: adjusted[i]! }))
}

function table(groups: readonly Group[], contrasts: ReturnType<typeof contrastsOf>): Table {
  return {
    title: `advice: ${HOURS} simulated H200 hours, gp leads, one worker`,
    columns: [
      'arm',
      'the advisor has',
      'seeds',
      'best observed',
      'without noise',
      `hours to ${TARGET}`,
      'turns',
      'taken',
      'less alone, thousandths',
      '95 %',
      'p',
      'after Holm',
    ],
    rows: groups.map(({ arm, scores }) => {
      const { best, truth, hours, turns, taken } = meansOf(scores)
      const contrast = contrasts.find((one) => one.arm === arm.id)
      const [low, high] = contrast?.interval ?? []
      return [
        arm.id,
        arm.says,
        String(scores.length),
        best.toFixed(5),
        truth.toFixed(5),
        Number.isFinite(hours) ? hours.toFixed(1) : '–',
        turns.toFixed(1),
        taken.toFixed(1),
        contrast ? signed(contrast.difference) : '–',
        low === undefined ? '–' : `${signed(low)} to ${signed(high!)}`,
        contrast ? contrast.p.toFixed(3) : '–',
        contrast ? contrast.adjusted.toFixed(3) : '–',
      ]
    }),
    notes: [
      `Means over seeds; hours are medians. “Without noise” is what the configuration with the best observed value is worth; the differences are of it, by seed, with Student's interval and the one-sided signed-rank test that the arm is better. Turns are the advisor's trials; taken, those that ran its configuration. A candidate takes part in every trial after the first ten. expert is a script of training lore, no language model; jitter and random are controls.`,
    ],
  }
}

function signed(difference: number): string {
  const text = (1000 * Math.abs(difference)).toFixed(2)
  return `${difference < 0 ? '−' : '+'}${text}`
}

const sources = [
  ...['bench/advice/run.ts', 'bench/centaur/study.ts', 'bench/quality/simulation.ts'],
  ...['optimizers/gp', 'optimizers/surrogate'],
  ...['src/advisors/advisor-share.ts', 'src/advisors/scripted-advisors.ts', 'src/advisors/expert-advisor.ts'],
  ...['src/advisors/training-knowledge.ts', 'src/trials/commands/propose.ts'],
]
let ground: string | undefined

function cacheKey({ arm, seed }: Run): object {
  ground ??= JSON.stringify(probe()) + fingerprint(sources)
  const space = spaceNamed(spaceName)!.fingerprint
  const { id, advisor = null } = arm
  return { subject: 'advice', id, advisor, seed, leader, noise, terms, HOURS, memoryLimitGb, space, ground }
}
