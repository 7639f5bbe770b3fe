/** Reads what a report is made of. Trials come row by row and are kept as columns, so that a large study fits into memory. */
import { type Span, type Throughput, throughputOf } from '../../charts/throughput.js'
import { type SpaceSpec, spaceNamed } from '../../search-spaces/index.js'
import type { Value } from '../../search-spaces/types.js'
import type { AgentSpec } from '../domain/agent.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { version } from '../root.js'
import type { Database } from '../storage/database.js'
import type { TrialRow } from '../storage/trial-row.js'
import { readConfirmed } from '../studies/confirmed-best.js'
import {
  diffOfProgram,
  listPrograms,
  type ProgramSite,
  type ProgramView,
  readBehaviour,
} from '../studies/programs.js'
import { promptTemplates } from '../studies/prompt-templates.js'
import { readStudy, type StudyRow } from '../studies/read-studies.js'
import { readRecommendation } from '../studies/recommendation.js'
import type { StudyModels } from '../studies/study-models.js'
import { summarize } from '../studies/summary.js'
import { listCalls } from '../trials/queries/llm-calls.js'
import { readProgress } from '../trials/queries/progress.js'
import { everyTrial, listBest } from '../trials/queries/read-trials.js'
import type {
  AdviceFacts,
  AgentFacts,
  ReportData,
  ReportParameter,
  ReportTrials,
  SourceRow,
} from './report-data.js'

export interface ReportSources {
  readonly database: Database
  readonly queues: StudyQueues
  readonly models: StudyModels
}

const TOP = 5
const PROMPTS = 3
const EXAMPLE_LENGTH = 300
const DIFF_LENGTH = 20_000
const MOST_ATTEMPTS = 50_000

/** `prompts`: with the first calls of the language model, word for word. */
export async function readReport(
  { database, queues, models }: ReportSources,
  nameOrId: string,
  { prompts = false } = {},
): Promise<ReportData> {
  const row = await readStudy(database, nameOrId)
  const summary = summarize(row, await readConfirmed(database, row), await readRecommendation(queues, row))
  const { metric, direction } = row.spec.objective
  const sign = direction === 'maximize' ? -1 : 1
  const noise = row.spec.objective.noise ?? row.noise
  const [series, importances, found, best, agent, throughput] = await Promise.all([
    readProgress(database, row.id, { sign, noise }),
    models.importances(row),
    readTrials(database, row),
    listBest(database, row.id, sign, TOP),
    readAgent({ database, queues }, row),
    readThroughput(database, row.id),
  ])
  const sourceOf = new Map(found.trials.number.map((number, i) => [number, found.trials.source[i]!]))
  const steps = series.find(({ source }) => source === null)?.steps ?? []
  return {
    name: row.name,
    ...(row.spec.description && { description: row.spec.description }),
    ...(row.note && { note: row.note }),
    state: row.state,
    ...(row.reason && { reason: row.reason }),
    metric,
    direction,
    method: methodText(row.spec),
    spec: row.spec,
    digest: row.digest,
    version,
    seq: row.seq,
    at: row.updatedAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    noise,
    trials: found.trials,
    steps: steps.map((step) => ({ ...step, source: sourceOf.get(step.number) ?? '' })),
    sources: sourceRows(summary.sources),
    best: best.map(({ number, value, params, proposal }) => ({
      number,
      value: value!,
      source: proposal.source,
      params,
    })),
    ...(summary.recommended && { recommended: summary.recommended }),
    confirmed: summary.confirmed ?? [],
    failures: found.failures,
    importances,
    ...(summary.advisor && { advice: adviceFacts(summary.advisor) }),
    ...(agent && { agent }),
    throughput,
    prompts: prompts ? await readPrompts(database, row.id) : [],
    templates: prompts ? promptTemplates(row) : [],
  }
}

function methodText(spec: StudySpec): string {
  const { optimizer, advisor, agent } = decodeSpec(spec).method
  if (agent !== undefined) return `${agentText(agent)}, constants by ${optimizer.kind}`
  if (advisor === undefined) return optimizer.kind
  return `${optimizer.kind}, advised by ${'model' in advisor ? advisor.model : advisor.kind}`
}

function agentText({ control, model, models }: AgentSpec): string {
  const who = control ?? model ?? models?.join(' or ') ?? ''
  return control === undefined ? `programs edited by ${who}` : `programs by the control ${who}`
}

/** Ended trials in the order in which they ended. */
async function readTrials(
  database: Database,
  { id, spec }: StudyRow,
): Promise<{ trials: ReportTrials; failures: ReportData['failures'] }> {
  const rows: Ended[] = []
  const params = emptyParameters(spec)
  for await (const row of everyTrial(database, id)) {
    if (row.settledAt === null || row.state === 'cancelled') continue
    rows.push(endedOf(row))
    for (const [name, parameter] of params) parameter.values.push(placeOf(parameter, row.params[name]))
  }
  const order = rows
    .map((_, i) => i)
    .sort((a, b) => rows[a]!.at - rows[b]!.at || rows[a]!.number - rows[b]!.number)
  const sorted = order.map((i) => rows[i]!)
  return {
    trials: {
      number: sorted.map(({ number }) => number),
      value: sorted.map(({ value }) => value),
      source: sorted.map(({ source }) => source),
      outcome: sorted.map(({ outcome }) => outcome),
      seconds: sorted.map(({ seconds }) => seconds),
      params: new Map(
        [...params].map(([name, parameter]) => [
          name,
          { ...parameter, values: order.map((i) => parameter.values[i]!) },
        ]),
      ),
    },
    failures: failuresOf(sorted),
  }
}

interface Ended {
  readonly number: number
  readonly at: number
  readonly value: number
  readonly source: string
  readonly outcome: string
  readonly seconds: number
  readonly message: string
}

function endedOf(row: TrialRow): Ended {
  return {
    number: row.number,
    at: new Date(row.settledAt!).getTime(),
    value: row.value ?? Number.NaN,
    source: row.proposal.source,
    outcome: row.failure ?? row.state,
    seconds: row.trainSeconds ?? 0,
    message: row.failure === null ? '' : (row.message ?? '').slice(0, EXAMPLE_LENGTH),
  }
}

function failuresOf(rows: readonly Ended[]): ReportData['failures'] {
  const kinds = new Map<string, { kind: string; count: number; example?: string }>()
  for (const { outcome, message } of rows) {
    if (outcome === 'complete' || outcome === 'pruned') continue
    const kind = kinds.get(outcome) ?? { kind: outcome, count: 0 }
    kind.count++
    if (message) kind.example ??= message
    kinds.set(outcome, kind)
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count)
}

/** The searched parameters, in the order in which the author of the space wrote them. */
function emptyParameters(spec: StudySpec): Map<string, ReportParameter> {
  const { space } = decodeSpec(spec)
  const written = Object.keys(
    (typeof spec.space === 'string' ? spaceNamed(spec.space)!.spec : spec.space).parameters,
  )
  return new Map(
    space.searched
      .toSorted((a, b) => written.indexOf(a.name) - written.indexOf(b.name))
      .map(({ name, log, kind }) => [
        name,
        { values: [], log: log || isPowerOfTwo(space.spec, name), ...categoriesOf(space.spec, name, kind) },
      ]),
  )
}

function isPowerOfTwo({ parameters }: SpaceSpec, name: string): boolean {
  const parameter = parameters[name]
  return parameter?.type === 'int' && parameter.powerOfTwo === true
}

function categoriesOf(
  { parameters }: SpaceSpec,
  name: string,
  kind: string,
): { categories?: readonly string[] } {
  const parameter = parameters[name]
  if (kind === 'bool') return { categories: ['false', 'true'] }
  if (parameter?.type === 'categorical' || parameter?.type === 'ordinal')
    return { categories: parameter.choices.map(String) }
  return {}
}

function placeOf({ categories }: ReportParameter, value: Value | undefined): number {
  if (value === undefined) return Number.NaN
  if (categories === undefined) return Number(value)
  const place = categories.indexOf(String(value))
  return place < 0 ? Number.NaN : place
}

function sourceRows(sources: ReturnType<typeof summarize>['sources']): SourceRow[] {
  return Object.entries(sources)
    .map(([source, { trials, complete, pruned, failed, oomRate }]) => ({
      source,
      trials,
      complete,
      pruned,
      failed: Object.values(failed).reduce((sum, count) => sum + count, 0),
      oomRate,
    }))
    .sort((a, b) => b.trials - a.trials)
}

function adviceFacts(advisor: NonNullable<ReturnType<typeof summarize>['advisor']>): AdviceFacts {
  const { kind, model, target, realised, turns, taken, fallbacks, calls, tokens, dollars } = advisor
  return {
    advisor: model ?? kind,
    target,
    realised,
    turns,
    taken,
    fallbacks,
    ...(calls !== undefined && { calls }),
    ...(tokens !== undefined && { tokens: tokens.total }),
    ...(dollars !== undefined && { dollars }),
  }
}

/** What the agent did; undefined where nobody edits programs. */
async function readAgent(site: ProgramSite, row: StudyRow): Promise<AgentFacts | undefined> {
  if (decodeSpec(row.spec).method.agent === undefined) return undefined
  const [behaviour, programs] = await Promise.all([readBehaviour(site, row, 'word'), listPrograms(site, row)])
  const differences: { label: string; diff: string }[] = []
  for (const { hash, from, label } of bestPrograms(row, programs)) {
    const { diff } = await diffOfProgram(site.database, row, hash, from)
    differences.push({ label, diff: shortened(diff) })
  }
  return { behaviour, programs, differences }
}

/** The best kept programs, best first: the first beside the baseline, the others beside their parents. */
function bestPrograms({ spec }: StudyRow, programs: readonly ProgramView[]) {
  const sign = spec.objective.direction === 'maximize' ? -1 : 1
  const baseline = programs.find(({ parent }) => parent === null)
  return programs
    .filter(({ status, value, parent }) => status === 'kept' && value !== null && parent !== null)
    .sort((a, b) => sign * (a.value! - b.value!))
    .slice(0, TOP)
    .map(({ hash, number, parent }, i) => {
      const from = i === 0 && baseline ? baseline.hash : parent!
      const other = from === baseline?.hash ? 'the baseline' : `its parent ${from.slice(0, 8)}`
      return { hash, from, label: `program ${hash.slice(0, 8)} of trial ${number}, from ${other}` }
    })
}

function shortened(diff: string): string {
  if (diff.length <= DIFF_LENGTH) return diff
  return `${diff.slice(0, DIFF_LENGTH)}\n… ${diff.length - DIFF_LENGTH} more characters`
}

/** By the attempts that have ended, of all of which the latest count. */
async function readThroughput(database: Database, id: string): Promise<Throughput[]> {
  const spans = await database.query<Span>(
    `select date_part('epoch', leased_at) / 3600 as "from", date_part('epoch', ended_at) / 3600 as "to"
       from attempts where study_id = $1 and ended_at is not null order by leased_at desc limit $2`,
    [id, MOST_ATTEMPTS],
  )
  return throughputOf(spans)
}

async function readPrompts(database: Database, id: string): Promise<ReportData['prompts']> {
  const calls = await listCalls(database, id, { number: -1, call: 0 }, PROMPTS)
  return calls.map(({ number, model, request, answer }) => ({
    number,
    model,
    request: JSON.stringify(request, null, 2),
    answer: answer ?? '',
  }))
}
