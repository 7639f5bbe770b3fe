/** The columns of a study's trials: which there are, and how their rows are read. */
import type { Parameter, Space, Value } from '../../../search-spaces/index.js'
import { FAILURES, TRIAL_STATES } from '../../domain/enums.js'
import type { Database } from '../../storage/database.js'
import { CategoryColumn, type Cell, type ColumnWriter, FoundColumns, NumberColumn } from './column-writer.js'
import { type Columns, queryColumns, type Selection } from './query-columns.js'

const epoch = (column: string) => `round(date_part('epoch', ${column}) * 1000)`

/** What is read together, as columns of a trial t: each part beside `plain` is costly for many trials. */
const PARTS = {
  plain: {
    number: 't.number',
    state: 't.state',
    failure: 't.failure',
    worker: 't.worker',
    value: 't.value',
    trainSeconds: 't.train_seconds',
    createdAt: epoch('t.created_at'),
    settledAt: epoch('t.settled_at'),
  },
  source: { source: `t.proposal->>'source'` },
  run: {
    peakMemoryMb: 't.peak_memory_mb',
    tokensPerSecond: 't.tokens_per_second',
    attempt: 't.attempt',
    forecast: `(t.foreseen#>>'{forecast,mean}')::float8`,
    tags: `case when t.tags is not null then (select string_agg(tag, ', ') from json_array_elements_text(t.tags) tag) end`,
  },
  proposal: {
    requested: `t.proposal->>'requested'`,
    reason: `t.proposal->>'reason'`,
    confirms: `(t.proposal->>'confirms')::int`,
    duplicateOf: `(t.proposal->>'duplicateOf')::int`,
    refused: `(t.proposal->>'refused')::int`,
  },
  params: { params: 't.params' },
  metrics: { metrics: 't.metrics' },
} as const satisfies Readonly<Record<string, Selection>>

type Part = keyof typeof PARTS

const ALL_PARTS = Object.keys(PARTS) as Part[]

function partOf(name: string): Part {
  return ALL_PARTS.find((part) => name in PARTS[part])!
}

interface Field {
  readonly part: Part
  readonly writer: ColumnWriter
}

/** The most metrics that `metrics` gives: others are asked for by their names. */
const MOST_METRICS = 50

export interface TrialFields {
  readonly writers: readonly ColumnWriter[]
  readonly parts: ReadonlySet<Part>
  /** Of `metrics`; undefined: all. */
  readonly metrics?: readonly string[]
}

/** The fields by their names in a request; undefined: all but the metrics. */
export function trialFields(space: Space, names?: readonly string[]): TrialFields | { unknown: string } {
  const asked = new Set(names ?? [...PLAIN.keys(), 'params'])
  const fields: Field[] = [PLAIN.get('number')!()]
  const metrics: string[] = []
  for (const name of asked) {
    if (name === 'number') continue
    if (name.startsWith('metrics.')) metrics.push(name.slice('metrics.'.length))
    else {
      const found = fieldsNamed(space, name)
      if (found.length === 0) return { unknown: name }
      fields.push(...found)
    }
  }
  if (metrics.length > 0) fields.push(metricField(metrics))
  return {
    writers: fields.map(({ writer }) => writer),
    parts: new Set(fields.map(({ part }) => part)),
    ...(metrics.length > 0 && !asked.has('metrics') && { metrics }),
  }
}

function fieldsNamed(space: Space, name: string): Field[] {
  if (name === 'params') return space.parameters.map(parameterField)
  if (name === 'metrics') return [metricField()]
  if (name.startsWith('params.')) {
    const parameter = space.byName.get(name.slice('params.'.length))
    return parameter === undefined ? [] : [parameterField(parameter)]
  }
  const plain = PLAIN.get(name)
  return plain === undefined ? [] : [plain()]
}

const number = (name: string) => (): Field => ({
  part: partOf(name),
  writer: new NumberColumn(name, cellsNamed(name)),
})
const time = (name: string) => (): Field => ({
  part: partOf(name),
  writer: new NumberColumn(name, cellsNamed(name), 'time'),
})
const category =
  (name: string, given: readonly Value[] = []) =>
  (): Field => ({ part: partOf(name), writer: new CategoryColumn(name, cellsNamed(name), given) })

const PLAIN: ReadonlyMap<string, () => Field> = new Map([
  ['number', number('number')],
  ['state', category('state', TRIAL_STATES)],
  ['failure', category('failure', FAILURES)],
  ['source', category('source')],
  ['requested', category('requested')],
  ['reason', category('reason')],
  ['worker', category('worker')],
  ['value', number('value')],
  ['trainSeconds', number('trainSeconds')],
  ['peakMemoryMb', number('peakMemoryMb')],
  ['tokensPerSecond', number('tokensPerSecond')],
  ['attempt', number('attempt')],
  ['confirms', number('confirms')],
  ['duplicateOf', number('duplicateOf')],
  ['refused', number('refused')],
  ['forecast', number('forecast')],
  ['createdAt', time('createdAt')],
  ['settledAt', time('settledAt')],
  ['tags', category('tags')],
])

export const PLAIN_FIELDS = [...PLAIN.keys()]

function cellsNamed(name: string) {
  return (batch: Columns) => batch[name] as readonly Cell[]
}

function parameterField(parameter: Parameter): Field {
  const { name, kind } = parameter
  const read = ({ params }: Columns) =>
    (params as readonly Readonly<Record<string, Cell>>[]).map((each) => each[name] ?? null)
  const isNumber = kind === 'float' || kind === 'int' || typeof parameter.default === 'number'
  const writer =
    isNumber && kind !== 'ordinal' && kind !== 'categorical'
      ? new NumberColumn(`params.${name}`, read)
      : new CategoryColumn(`params.${name}`, read, levelsOf(parameter), kind === 'ordinal')
  return { part: 'params', writer }
}

function levelsOf({ levels, level }: Parameter): Value[] {
  return Array.from({ length: levels }, (_, i) => level(i))
}

function metricField(names?: readonly string[]): Field {
  const read = ({ metrics }: Columns) => metrics as readonly (Readonly<Record<string, Cell>> | null)[]
  return { part: 'metrics', writer: new FoundColumns('metrics.', read, MOST_METRICS, names) }
}

// ── rows ──

/**
 * Rows after a trial's number: of all trials, or of those that events after `since` and up to `upto` concern. The
 * statements are few, because every connection keeps each one prepared. `offset 0` keeps a plan that was made for few
 * trials from scanning all of them for each event.
 */
export function readTrialCells(
  database: Database,
  studyId: string,
  { parts, metrics }: TrialFields,
  changed: { readonly since: number; readonly upto: number } | undefined,
  after: number,
  limit: number,
): Promise<Columns> {
  const parameters: unknown[] = [studyId, after, limit, ...(changed ? [changed.since, changed.upto] : [])]
  // In the order of PARTS, not of the request: the statement is the same.
  const read = ALL_PARTS.filter((part) => part === 'plain' || parts.has(part)).map((part) => PARTS[part])
  const selection: Selection = Object.assign({}, ...read, {
    ...(metrics !== undefined && { metrics: someMetrics(parameters.push(JSON.stringify(metrics))) }),
  })
  if (changed === undefined)
    return queryColumns(
      database,
      selection,
      (select) =>
        `select ${select} from trials t where t.study_id = $1 and t.number > $2 order by t.number limit $3`,
      parameters,
    )
  return queryColumns(
    database,
    selection,
    (select) => `select ${select}
       from (select distinct number from events
              where study_id = $1 and seq > $4 and seq <= $5 and number > $2 order by number limit $3) e
      cross join lateral (select * from trials where study_id = $1 and number = e.number offset 0) t order by t.number`,
    parameters,
  )
}

/** A trial may have 64 KiB of metrics, of which a few are wanted. */
function someMetrics(names: number): string {
  return `(select json_object_agg(m.key, m.value) from json_each(t.metrics) m
          where m.key in (select json_array_elements_text($${names}::text::json)))`
}
