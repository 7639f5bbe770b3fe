/** Creates an experiment. It is idempotent by name: the same plan again answers with the experiment that is there. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { canonicalJson } from '../../search-spaces/index.js'
import type { ExperimentArm, ExperimentPlan, ExperimentRequest } from '../domain/experiment.js'
import { Fault, type FaultAt } from '../faults.js'
import type { Database } from '../storage/database.js'
import type { StudySite } from '../studies/create-study.js'
import { cellName } from './cell-names.js'
import { planExperiment } from './plan.js'
import { type ExperimentRow, readExperiment } from './read-experiments.js'

export async function createExperiment(
  site: StudySite,
  request: ExperimentRequest,
): Promise<{ readonly row: ExperimentRow; readonly created: boolean }> {
  const { database } = site
  const { name, description, parallel } = request
  const plan = await planExperiment(site, request)
  const digest = digestOf(plan)
  const created = await insert(database, { name, description, parallel, plan, digest })
  const row = await readExperiment(database, name)
  if (created || row.digest === digest) return { row, created }
  const errors = differences(withoutAdditions(row.plan), plan)
  throw new Fault(
    'experiment_exists',
    `An experiment named ${name} was declared otherwise: choose another name, or delete that experiment. ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    { experiment: row.id, errors },
  )
}

interface NewExperiment {
  readonly name: string
  readonly description: string | undefined
  readonly parallel: number
  readonly plan: ExperimentPlan
  readonly digest: string
}

/** Inserts the experiment and its cells by one statement; returns false if one with this name exists. */
async function insert(
  database: Database,
  { name, description, parallel, plan, digest }: NewExperiment,
): Promise<boolean> {
  const made = await database.query(
    `with made as (
       insert into experiments (name, description, plan, digest, parallel, seq)
       values ($1, $2, $3::text::json, $4, $5, 1) on conflict (name) do nothing returning id),
     cells as (
       insert into cells (experiment_id, position, arm, seed, study)
       select made.id, c.position, c.arm, c.seed, c.study
         from made, json_to_recordset($6::text::json) as c(position int, arm text, seed bigint, study text)),
     logged as (
       insert into experiment_events (experiment_id, seq, kind, data) select id, 1, 'created', '{}' from made)
     select id from made`,
    [
      name,
      description ?? null,
      JSON.stringify(plan),
      digest,
      parallel,
      JSON.stringify(cellsOf(name, plan.arms, plan.seeds, 0)),
    ],
  )
  return made.length > 0
}

/** All arms of a seed before the next seed, so that an early look has whole seeds. */
export function cellsOf(
  experiment: string,
  arms: readonly Pick<ExperimentArm, 'name'>[],
  seeds: readonly number[],
  from: number,
) {
  const pairs = seeds.flatMap((seed) => arms.map(({ name: arm }) => ({ arm, seed })))
  return pairs.map(({ arm, seed }, i) => ({
    position: from + i,
    arm,
    seed,
    study: cellName(experiment, arm, seed),
  }))
}

/** Of all that was declared; the methods are resolved, with their models and the versions of their prompts. */
function digestOf(plan: ExperimentPlan): string {
  const declared = Object.fromEntries(DECLARED.map((member) => [member, plan[member]]))
  const arms = plan.arms.map(({ description: _, ...arm }) => arm)
  return createHash('sha256')
    .update(canonicalJson(stored({ ...declared, arms })))
    .digest('hex')
}

function withoutAdditions(plan: ExperimentPlan): ExperimentPlan {
  const added = new Set(plan.additions.flatMap(({ seeds }) => seeds))
  return {
    ...plan,
    arms: plan.arms.filter((arm) => !arm.added),
    seeds: plan.seeds.filter((seed) => !added.has(seed)),
    additions: [],
  }
}

/** What the digest is made of, beside the arms; `study` is part of each arm. */
const DECLARED = [
  'seeds',
  'baseline',
  'contrasts',
  'endpoint',
  'looks',
  'alpha',
  'test',
  'alternative',
  'trends',
  'hypotheses',
] as const satisfies readonly (keyof ExperimentPlan)[]

/** Where two plans differ, by the paths of the request. */
function differences(before: ExperimentPlan, now: ExperimentPlan): FaultAt[] {
  const members = DECLARED.filter((m) => !isDeepStrictEqual(stored(before[m]), stored(now[m])))
  return [
    ...armDifferences(before.arms, now.arms),
    ...members.map((path) => ({ path, message: `was ${shortJson(before[path])}` })),
  ]
}

const OTHER_BASELINE = 'was another baseline: the source of the task has changed since'

function armDifferences(before: readonly ExperimentArm[], now: readonly ExperimentArm[]): FaultAt[] {
  const gone = before.filter(({ name }) => !now.some((arm) => arm.name === name))
  const differing = now.flatMap((arm, i): FaultAt[] => {
    const old = before.find(({ name }) => name === arm.name)
    if (old === undefined) return [{ path: `arms.${i}`, message: `${arm.name} was not there` }]
    const members = new Set([...Object.keys(old.study), ...Object.keys(arm.study)]) as Set<
      keyof typeof arm.study
    >
    const changed = [...members].filter((m) => !isDeepStrictEqual(stored(old.study[m]), stored(arm.study[m])))
    const places = changed.map((m) => ({ path: `arms.${i}.${m}`, message: `was ${shortJson(old.study[m])}` }))
    if (!isDeepStrictEqual(old.prompts, arm.prompts))
      places.push({ path: `arms.${i}.prompts`, message: `were ${shortJson(old.prompts)}` })
    if (old.program !== arm.program) places.push({ path: `arms.${i}.program`, message: OTHER_BASELINE })
    return places
  })
  return [...gone.map(({ name }) => ({ path: 'arms', message: `${name} is missing` })), ...differing]
}

/** As it comes back from the database: without members that are undefined. */
function stored(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'not given'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
