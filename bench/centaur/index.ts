/** `centaur`: measures the value of an advisor's share of the trials, with controls in the advisor's place. */
import { spaceNamed } from '../../search-spaces/index.js'
import { fingerprint, fingerprintOf, openCache } from '../cache.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import { beginning } from '../quality/beginning.js'
import { memoryLimitGb, probe, spaceName, terms } from '../quality/run.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { type Arm, alone, arms, leader, noise, warmup } from './arms.js'
import { machineryTable, measureMachinery } from './machinery.js'
import { hoursPicture, sharesPicture } from './pictures.js'
import type { Run, Score } from './run.js'
import { compareWithAlone, compareWithControls, type Group, summarise } from './summary.js'
import { armsTable, comparisonsTable, hoursTable } from './tables.js'

export const centaur: Subject = {
  name: 'centaur',
  about: 'cma-es alone, and with expert, copy, jitter or random on a share of its trials',
  measure,
}

const SEEDS = 32

async function measure(bench: Bench): Promise<Measurement> {
  const wanted = bench.methods && [alone.id, ...bench.methods.filter((id) => id !== alone.id)]
  const chosen = chosenFrom(arms, wanted)
  const seeds = bench.seeds ?? (bench.quick ? 2 : SEEDS)
  const runs = Array.from({ length: seeds }, (_, seed) => chosen.map((arm) => ({ arm, seed }))).flat()
  const { scores, faults } = await runAll(runs, bench)
  const groups = chosen.map((arm) => groupOf(arm, runs, scores)).filter(({ scores }) => scores.length > 0)
  const rows = groups.map(summarise)
  const families = [compareWithAlone(groups), compareWithControls(groups)].filter((f) => f.length > 0)
  const machinery = await measureMachinery()
  return {
    tables: [
      armsTable(rows),
      ...families.map(comparisonsTable),
      hoursTable(groups),
      machineryTable(machinery),
    ],
    pictures: { centaur: sharesPicture(rows), 'centaur-hours': hoursPicture(groups) },
    versions: {},
    missing: faults,
    rows: [...rows, ...families.flat(), machinery],
    raw: groups.map(({ arm, scores }) => ({ id: arm.id, scores })),
  }
}

async function runAll(runs: readonly Run[], { resume, processes }: Bench) {
  const cache = openCache(resume)
  const scores = new Map<Run, Score>()
  const faults = new Map<string, string>()
  const open = runs.filter((run) => {
    const known = cache.get<Score>(cacheKey(run))
    if (known) scores.set(run, known)
    return !known
  })
  const progress = openProgress('centaur', open.length)
  await pool<Run, Score>(workerBeside(import.meta.url), open, processes, (run, answer) => {
    progress.step(`${run.arm.id}, seed ${run.seed}`)
    if ('fault' in answer) {
      faults.set(run.arm.id, `seed ${run.seed}: ${answer.fault}`)
    } else {
      scores.set(run, answer.done)
      cache.put(cacheKey(run), answer.done)
    }
  })
  progress.end()
  return { scores, faults: [...faults].map(([row, because]) => ({ row, because })) }
}

/** The seeds from 0 up to the first failed one, because comparisons are paired by seed. */
function groupOf(arm: Arm, runs: readonly Run[], scores: ReadonlyMap<Run, Score>): Group {
  const own = runs.filter((run) => run.arm === arm)
  const failed = own.findIndex((run) => !scores.has(run))
  return { arm, scores: (failed === -1 ? own : own.slice(0, failed)).map((run) => scores.get(run)!) }
}

const sources = [
  ...['bench/centaur/study.ts', 'bench/centaur/run.ts', 'bench/quality/simulation.ts', 'optimizers/cmaes'],
  ...[
    'src/advisors/advisor-share.ts',
    'src/advisors/scripted-advisors.ts',
    'src/advisors/expert-advisor.ts',
    'src/advisors/training-knowledge.ts',
    'src/advisors/advisor-history.ts',
  ],
  ...['src/trials/commands/propose.ts', 'src/trials/commands/tell.ts'],
]
let ground: string | undefined

function cacheKey({ arm, seed }: Run): object {
  ground ??= fingerprintOf(JSON.stringify([probe(), beginning(leader)], shortened)) + fingerprint(sources)
  const space = spaceNamed(spaceName)!.fingerprint
  return { subject: 'centaur', arm, seed, leader, warmup, noise, terms, memoryLimitGb, space, ground }
}

/** Rounds numbers, because the last digits depend on the order of additions. */
function shortened(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value
}
