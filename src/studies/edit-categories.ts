/** What each category of an agent's edits gave, and what it cost: training, tokens and dollars. */
import type { KnownProgram } from '../agents/ledger-types.js'
import { meanValue } from '../agents/program-values.js'
import type { Database } from '../storage/database.js'

export interface EditCategory {
  /** Null of answers of which no edit could run. */
  readonly category: string | null
  readonly edits: number
  readonly kept: number
  readonly discarded: number
  readonly crashed: number
  /** How much better than its parent a kept program was; null where none was kept. */
  readonly meanGain: number | null
  /** In the study's own direction. */
  readonly best: number | null
  readonly trainSeconds: number
  readonly tokens: number
  /** Null where a model has no price. */
  readonly dollars: number | null
}

/** What a trial took, by its number. */
export interface TrialCost {
  readonly number: number
  readonly trainSeconds: number
  readonly tokens: number
  readonly dollars: number | null
}

export interface CategorisedEdits {
  readonly programs: readonly KnownProgram[]
  readonly categoryOf: (program: KnownProgram) => string
  /** Numbers of trials that ended without any program. */
  readonly skipped: readonly number[]
  readonly costs: readonly TrialCost[]
  /** 1 where lower is better, else −1: the ledger's values are always to be minimised. */
  readonly sign: number
}

/** Most edits first. Programs that are still undecided are left out. */
export function editCategories({
  programs,
  categoryOf,
  skipped,
  costs,
  sign,
}: CategorisedEdits): EditCategory[] {
  const costOf = new Map(costs.map((cost) => [cost.number, cost]))
  const known = new Map(programs.map((program) => [program.hash, program]))
  const decided = programs.filter(({ parent, status }) => parent !== null && status !== 'pending')
  const rows = [...new Set(decided.map(categoryOf))].map((category): EditCategory => {
    const own = decided.filter((program) => categoryOf(program) === category)
    const count = (status: KnownProgram['status']) =>
      own.filter((program) => program.status === status).length
    const values = own.flatMap((program) => meanValue(program) ?? [])
    return {
      category,
      edits: own.length,
      kept: count('kept'),
      discarded: count('discarded'),
      crashed: count('crashed'),
      meanGain: meanOf(own.flatMap((program) => gainOf(program, known))),
      best: values.length === 0 ? null : sign * Math.min(...values),
      ...addedUp(
        own.flatMap(({ number, runs }) => [number, ...runs.map((run) => run.number)]),
        costOf,
      ),
    }
  })
  rows.sort((a, b) => b.edits - a.edits)
  if (skipped.length === 0) return rows
  const none = { kept: 0, discarded: 0, crashed: 0, meanGain: null, best: null }
  return [...rows, { category: null, edits: skipped.length, ...none, ...addedUp(skipped, costOf) }]
}

function gainOf(program: KnownProgram, known: ReadonlyMap<string, KnownProgram>): number[] {
  const parent = known.get(program.parent ?? '')
  const [own, before] = [meanValue(program), parent && meanValue(parent)]
  return program.status !== 'kept' || own === null || before === null || before === undefined
    ? []
    : [before - own]
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Each trial once: the first run of a program is among its runs. */
function addedUp(numbers: readonly number[], costOf: ReadonlyMap<number, TrialCost>) {
  const costs = [...new Set(numbers)].flatMap((number) => costOf.get(number) ?? [])
  const sum = (of: (cost: TrialCost) => number) => costs.reduce((all, cost) => all + of(cost), 0)
  return {
    trainSeconds: sum(({ trainSeconds }) => trainSeconds),
    tokens: sum(({ tokens }) => tokens),
    dollars: costs.some(({ dollars }) => dollars === null) ? null : sum(({ dollars }) => dollars ?? 0),
  }
}

export function readTrialCosts(database: Database, studyId: string): Promise<TrialCost[]> {
  return database.query<TrialCost>(
    `select t.number, coalesce(t.train_seconds, 0) as "trainSeconds", coalesce(c.tokens, 0) as tokens,
            case when c.unpriced then null else coalesce(c.dollars, 0) end as dollars
       from trials t left join (
         select number, sum(input_tokens + cache_read_tokens + cache_write_tokens + output_tokens)::float8 as tokens,
                sum(dollars) as dollars, bool_or(dollars is null) as unpriced
           from llm_calls where study_id = $1 group by number) c on c.number = t.number
      where t.study_id = $1`,
    [studyId],
  )
}
