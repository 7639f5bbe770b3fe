/** Page 5: every trial in a table that is filtered, sorted, compared and written to. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { durationText, numberText } from '../../charts/numbers.js'
import { studyPath } from '../app/api.js'
import { pageKeys } from '../app/keys.js'
import { goTo, linkTo, queried, setQuery } from '../app/route.js'
import { insideBrushes, readBrushes } from '../data/brushes.js'
import { compileFilter, type FilterValue } from '../data/filter.js'
import { inOrder, parametersOf, valuesOf } from '../data/space.js'
import type { LiveStudy } from '../data/study.js'
import type { Study, Trial } from '../data/types.js'
import { ParamsTable } from '../parts/best.js'
import { Choice, Empty } from '../parts/controls.js'
import { EnqueueForm } from '../parts/enqueue.js'
import { useResource } from '../parts/resource.js'

const ROW = 30
/** Rows above and below what is seen, so that scrolling shows no gaps. */
const SPARE = 8
const FIRST = ['number', 'state', 'value', 'source', 'trainSeconds'] as const
const LAST = ['peakMemoryMb', 'worker', 'tags'] as const
/** Shown where a trial has any. */
const OF_GPU = ['gpuTemperatureMax', 'throttled'] as const

export default function TrialsPage({ live }: { readonly live: LiveStudy }) {
  useEffect(() => live.needEverything(), [live])
  const study = live.study.value
  const version = live.version.value
  const [sort, filter, top] = [queried('sort', '-number'), queried('filter'), queried('top')]
  const columns = useMemo(
    () => [
      ...FIRST,
      ...(study ? inOrder(study, live.table.parameters) : []),
      ...OF_GPU.filter((name) => live.table.named(name)?.values.some((value) => !Number.isNaN(value))),
      ...LAST,
    ],
    [version, live.complete.value, study && parametersOf(study)],
  )
  const found = useMemo(
    () => (study ? findRows(live, study, { filter, sort, top, columns }) : { rows: [] }),
    [study?.objective.direction, version, filter, sort, top, queried('brush'), columns],
  )
  const picked = readPicked()
  const enqueuing = useSignal(false)
  useEffect(() => {
    pageKeys.value = [
      {
        key: 'e',
        does: 'queue an edited copy of the picked trial',
        run: () => (enqueuing.value = !enqueuing.value),
      },
      { key: 'Escape', does: 'pick nothing', run: () => setQuery({ pick: '' }) },
    ]
    return () => {
      pageKeys.value = []
    }
  }, [])
  if (!study || !live.loaded.value) return <p class="waiting">…</p>
  if (live.table.size === 0)
    return (
      <Empty title="No trials yet">
        <p>
          They appear when a worker asks, when a configuration is queued here, or when rows are imported:{' '}
          <code>POST {studyPath(study.name, 'import')}</code> takes what an export gives.
        </p>
        <EnqueueForm study={study} params={undefined} done={() => live.refresh()} />
      </Empty>
    )
  return (
    <>
      <div class="controls">
        <FilterBox filter={filter} fault={found.fault} />
        <Choice
          label="Show"
          value={top}
          options={[
            ['', 'all'],
            ['10', 'the best 10'],
            ['100', 'the best 100'],
            ['1000', 'the best 1000'],
          ]}
          onChange={(value) => setQuery({ top: value })}
        />
        <span class="soft" role="status">
          {found.rows.length} of {live.table.size} trials
        </span>
        <button
          type="button"
          aria-expanded={enqueuing.value}
          onClick={() => (enqueuing.value = !enqueuing.value)}
        >
          {picked.length > 0 ? `queue an edited copy of ${picked[0]}` : 'queue a configuration'}
        </button>
      </div>
      {enqueuing.value && (
        <Enqueue live={live} study={study} from={picked[0]} close={() => (enqueuing.value = false)} />
      )}
      {picked.length === 2 && <Difference study={study} numbers={[picked[0]!, picked[1]!]} />}
      <TrialTable live={live} rows={found.rows} columns={columns} sort={sort} picked={picked} />
    </>
  )
}

function readPicked(): number[] {
  return queried('pick').split(',').filter(Boolean).map(Number).filter(Number.isInteger)
}

/** At most two: to look at the difference. */
function togglePick(number: number): void {
  const picked = readPicked()
  const next = picked.includes(number)
    ? picked.filter((other) => other !== number)
    : [...picked, number].slice(-2)
  setQuery({ pick: next.join(',') })
}

interface Wanted {
  readonly filter: string
  readonly sort: string
  readonly top: string
  readonly columns: readonly string[]
}

function findRows(
  live: LiveStudy,
  study: Study,
  { filter, sort, top, columns }: Wanted,
): { rows: number[]; fault?: string } {
  const { table } = live
  const lookup = lookupIn(live)
  const fields = new Set([
    ...columns,
    ...OF_GPU,
    'failure',
    'requested',
    'reason',
    'attempt',
    'tokensPerSecond',
    'createdAt',
    'settledAt',
  ])
  try {
    const passes = compileFilter(filter, fields, lookup)
    const inside = insideBrushes(readBrushes(), (name) => valuesOf(live, name))
    let rows = Array.from({ length: table.size }, (_, row) => row).filter((row) => inside(row) && passes(row))
    if (top) rows = bestOf(rows, table.numbers('value'), study.objective.direction, Number(top))
    return { rows: sorted(rows, sort, lookup) }
  } catch (error) {
    return { rows: [], fault: (error as Error).message }
  }
}

function lookupIn({ table }: LiveStudy): (field: string, row: number) => FilterValue | undefined {
  return (field, row) => {
    const column = table.named(field)
    const value = column?.values[row]
    if (column === undefined || value === undefined || Number.isNaN(value)) return undefined
    if (column.kind !== 'category') return value
    const text = column.categories[value]!
    return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text
  }
}

function bestOf(
  rows: readonly number[],
  values: readonly number[],
  direction: string,
  count: number,
): number[] {
  const sign = direction === 'minimize' ? 1 : -1
  return rows
    .filter((row) => Number.isFinite(values[row]!))
    .sort((a, b) => sign * (values[a]! - values[b]!))
    .slice(0, count)
}

/** What has no value comes last, whichever way it is sorted. */
function sorted(
  rows: number[],
  sort: string,
  lookup: (field: string, row: number) => FilterValue | undefined,
): number[] {
  const sign = sort.startsWith('-') ? -1 : 1
  const field = sort.replace(/^-/, '')
  return rows.sort((a, b) => {
    const [x, y] = [lookup(field, a), lookup(field, b)]
    if (x === undefined || y === undefined) return x === y ? a - b : x === undefined ? 1 : -1
    if (x === y) return a - b
    return (x < y ? -1 : 1) * sign
  })
}

function FilterBox({ filter, fault }: { readonly filter: string; readonly fault?: string | undefined }) {
  const text = useSignal(filter)
  return (
    <label class="choice grow">
      Filter{' '}
      <input
        type="search"
        value={text.value}
        placeholder="value < 0.98 and DEPTH >= 8 and not failure = oom"
        aria-invalid={fault !== undefined}
        onInput={(event) => {
          text.value = event.currentTarget.value
          setQuery({ filter: text.value })
        }}
      />
      {fault && (
        <span class="fault" role="alert">
          {fault}
        </span>
      )}
    </label>
  )
}

interface TableProps {
  readonly live: LiveStudy
  readonly rows: readonly number[]
  readonly columns: readonly string[]
  readonly sort: string
  readonly picked: readonly number[]
}

/** Only the rows that are seen are in the document, whatever the number of trials. */
function TrialTable({ live, rows, columns, sort, picked }: TableProps) {
  const box = useRef<HTMLDivElement>(null)
  const from = useSignal(0)
  const height = useSignal(600)
  useEffect(() => {
    const look = () => {
      height.value = box.current?.clientHeight ?? 600
    }
    look()
    const watch = new ResizeObserver(look)
    watch.observe(box.current!)
    return () => watch.disconnect()
  }, [])
  const first = Math.max(0, Math.min(Math.floor(from.value / ROW) - SPARE, rows.length - 1))
  const last = Math.min(rows.length, first + Math.ceil(height.value / ROW) + 2 * SPARE)
  return (
    <div
      class="scroll tall"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label="Trials"
      onScroll={(event) => {
        from.value = event.currentTarget.scrollTop
      }}
    >
      <table class="trials" aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">
              <span class="unseen">Pick</span>
            </th>
            {columns.map((name) => (
              <SortHead key={name} name={name} sort={sort} numeric={isNumeric(live, name)} />
            ))}
          </tr>
        </thead>
        <tbody>
          <tr class="spacer" aria-hidden="true" style={{ height: `${first * ROW}px` }} />
          {rows.slice(first, last).map((row, i) => (
            <TrialRow
              key={row}
              live={live}
              row={row}
              columns={columns}
              picked={picked}
              index={first + i + 2}
            />
          ))}
          <tr
            class="spacer"
            aria-hidden="true"
            style={{ height: `${Math.max(0, rows.length - last) * ROW}px` }}
          />
        </tbody>
      </table>
    </div>
  )
}

function SortHead({
  name,
  sort,
  numeric,
}: {
  readonly name: string
  readonly sort: string
  readonly numeric: boolean
}) {
  const order = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  return (
    <th scope="col" aria-sort={order} class={numeric ? 'number' : ''}>
      <button
        type="button"
        class="plain"
        onClick={() => setQuery({ sort: order === 'ascending' ? `-${name}` : name })}
      >
        {name}
        <span aria-hidden="true">{order === 'ascending' ? ' ↑' : order === 'descending' ? ' ↓' : ''}</span>
      </button>
    </th>
  )
}

function isNumeric({ table }: LiveStudy, name: string): boolean {
  return name !== 'number' && table.named(name)?.kind === 'number'
}

function TrialRow({
  live,
  row,
  columns,
  picked,
  index,
}: {
  readonly live: LiveStudy
  readonly row: number
  readonly columns: readonly string[]
  readonly picked: readonly number[]
  readonly index: number
}) {
  const number = live.table.numbers('number')[row]!
  const chosen = picked.includes(number)
  return (
    <tr
      class={chosen ? 'picked' : ''}
      aria-rowindex={index}
      onDblClick={() => goTo('studies', live.name, 'trials', number)}
    >
      <td>
        <input
          type="checkbox"
          checked={chosen}
          aria-label={`Pick trial ${number}`}
          onChange={() => togglePick(number)}
        />
      </td>
      {columns.map((name) => (
        <Cell key={name} live={live} row={row} name={name} />
      ))}
    </tr>
  )
}

function Cell({
  live,
  row,
  name,
}: {
  readonly live: LiveStudy
  readonly row: number
  readonly name: string
}) {
  const { table } = live
  if (name === 'number') {
    const number = table.numbers('number')[row]!
    return (
      <th scope="row">
        <a href={linkTo('studies', live.name, 'trials', number)}>{number}</a>
      </th>
    )
  }
  if (name === 'state') {
    const state = table.text('state', row)
    return (
      <td class={`state-cell ${state}`}>{state === 'failed' ? `× ${table.text('failure', row)}` : state}</td>
    )
  }
  const column = table.named(name)
  const value = column?.values[row]
  if (column === undefined || value === undefined || Number.isNaN(value)) return <td class="soft">–</td>
  if (column.kind === 'category') return <td title={column.categories[value]}>{column.categories[value]}</td>
  return <td class="number">{name === 'trainSeconds' ? durationText(value) : numberText(value, 6)}</td>
}

function Difference({
  study,
  numbers: [a, b],
}: {
  readonly study: Study
  readonly numbers: readonly [number, number]
}) {
  const one = useResource<Trial>(studyPath(study.name, 'trials', a)).answer.value
  const other = useResource<Trial>(studyPath(study.name, 'trials', b)).answer.value
  if (!one || !other) return null
  const result = ({ value, failure, state }: Trial) =>
    value === undefined ? (failure ?? state) : numberText(value, 6)
  return (
    <section class="panel">
      <h2>
        Trial {a} and trial {b}
      </h2>
      <p>
        {study.objective.metric}: {result(one)} and {result(other)}
        {one.value !== undefined &&
          other.value !== undefined &&
          `, a difference of ${numberText(one.value - other.value, 3)}`}
        . What differs is marked.
      </p>
      <ParamsTable
        params={one.params}
        other={other.params}
        names={[`trial ${a}`, `trial ${b}`]}
        order={study}
      />
    </section>
  )
}

function Enqueue({
  live,
  study,
  from,
  close,
}: {
  readonly live: LiveStudy
  readonly study: Study
  readonly from: number | undefined
  readonly close: () => void
}) {
  const trial = useResource<Trial>(from === undefined ? undefined : studyPath(study.name, 'trials', from))
    .answer.value
  if (from !== undefined && trial === undefined) return <p class="waiting">…</p>
  return (
    <EnqueueForm
      key={from}
      study={study}
      params={trial?.params}
      done={() => {
        close()
        live.refresh()
      }}
    />
  )
}
