/** Parallel coordinates. Dragging along an axis keeps the trials between two of its values. */
import { useSignal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import { numberText } from '../../../charts/numbers.js'
import { type ParallelChart, parallelChart } from '../../../charts/parallel.js'
import { levelOf } from '../../../charts/theme.js'
import { studyPath } from '../../app/api.js'
import { queried, setQuery } from '../../app/route.js'
import { type Brushes, setBrush } from '../../data/brushes.js'
import { axisOf, valueRange, valuesOf } from '../../data/space.js'
import type { Importances } from '../../data/types.js'
import { Figure } from '../../figure/figure.js'
import { Choice } from '../../parts/controls.js'
import { useResource } from '../../parts/resource.js'
import { type SpaceProps, sampledRows, shownRows } from './rows.js'

/** More lines cannot be told apart, and take seconds to draw. */
const MOST_LINES = 3000

export function ParallelFigure(props: SpaceProps) {
  const { live, study, brushes, version, top } = props
  const range = useMemo(() => valueRange(live, study), [live, study.objective.direction])
  const order = queried('order', 'space')
  const importances = useResource<Importances>(
    order === 'importance' ? studyPath(live.name, 'importances') : undefined,
  )
  const names = useMemo(
    () => ordered(props.names, importances.answer.value?.total),
    [props.names, importances.answer.value],
  )
  const chart = useRef<ParallelChart | undefined>(undefined)
  const rows = useMemo(() => shownRows(props).valued, [version, queried('brush'), top])
  const drawn = useMemo(() => sampledRows(rows, MOST_LINES), [rows])
  const [best, worst] = range.value
  const values = live.table.numbers('value')
  const title = `Parameters of ${rows.length === drawn.length ? `${rows.length} trials` : `${drawn.length} of ${rows.length} trials`}`
  return (
    <Figure
      title={title}
      question="Which combinations of values belong to the good trials? Drag along an axis to keep a part of it."
      inputs={[drawn, names, queried('brush'), best, worst]}
      build={(width) => {
        chart.current = parallelChart({
          width: Math.max(width, 74 * (names.length + 1)),
          height: 380,
          title,
          description: `A line for each trial through its parameters; the strongest lines are the best. ${study.objective.metric} is the last axis.`,
          axes: [...names, 'value'].map((name) => ({
            name: name === 'value' ? study.objective.metric : name,
            axis: axisOf(live, study, name),
            values: valuesOf(live, name),
          })),
          rows: drawn,
          colourOf: (row) => `r${levelOf(values[row]!, best, worst)}`,
          opacity: drawn.length > 400 ? 0.45 : 0.75,
        })
        return { scene: chart.current.scene, plots: [] }
      }}
      csv={() => [
        ['trial', ...names, study.objective.metric],
        ...rows.map((row) => [
          live.table.numbers('number')[row],
          ...names.map((name) => cell(props, name, row)),
          values[row],
        ]),
      ]}
      controls={
        <Choice
          label="axes by"
          value={order}
          options={[
            ['space', 'the space'],
            ['importance', 'importance'],
          ]}
          onChange={(value) => setQuery({ order: value === 'space' ? '' : value })}
        />
      }
      overlay={() =>
        chart.current && <AxisBrushes chart={chart.current} names={[...names, 'value']} brushes={brushes} />
      }
    >
      {rows.length > drawn.length && (
        <p class="soft">The best and an even sample of the others are drawn: {MOST_LINES} lines at most.</p>
      )}
      {rows.length === 0 && <p class="soft">No trial with a value lies inside of every filter.</p>}
      {importances.answer.value && importances.answer.value.status !== 'shown' && (
        <p class="soft">{importances.answer.value.reason}</p>
      )}
    </Figure>
  )
}

export function cell({ live }: SpaceProps, name: string, row: number): unknown {
  const column = live.table.column(`params.${name}`)
  return column?.kind === 'category' ? column.categories[column.values[row]!] : column?.values[row]
}

function ordered(
  names: readonly string[],
  total: Readonly<Record<string, number>> | undefined,
): readonly string[] {
  if (!total || Object.keys(total).length === 0) return names
  return [...names].sort((a, b) => (total[b] ?? 0) - (total[a] ?? 0))
}

interface Drag {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** A handle over each axis: dragging marks a part, a click removes it; with the keyboard a part is typed in. */
function AxisBrushes({
  chart,
  names,
  brushes,
}: {
  readonly chart: ParallelChart
  readonly names: readonly string[]
  readonly brushes: Brushes
}) {
  const drag = useSignal<Drag | undefined>(undefined)
  const { width, height } = chart.scene
  const place = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).closest('svg')!.getBoundingClientRect()
    return Math.min(Math.max(event.clientY - box.top, chart.top), chart.bottom)
  }
  const release = (name: string, scale: ParallelChart['axes'][number]['scale']) => {
    const marked = drag.value
    drag.value = undefined
    if (marked === undefined) return
    if (Math.abs(marked.to - marked.from) < 4) setBrush(name, undefined)
    else setBrush(name, [scale.invert(marked.from), scale.invert(marked.to)])
  }
  return (
    <svg class="brushes" width={width} height={height} role="group" aria-label="Filters on the axes">
      {chart.axes.map(({ at, scale }, i) => {
        const name = names[i]!
        const brush = brushes.get(name)
        const dragged = drag.value?.name === name ? drag.value : undefined
        const [from, to] = dragged
          ? [dragged.from, dragged.to]
          : brush
            ? (brush.map(scale.at) as [number, number])
            : [0, 0]
        return (
          <g key={name}>
            <rect
              class="handle"
              x={at - 11}
              y={chart.top - 4}
              width={22}
              height={chart.bottom - chart.top + 8}
              tabIndex={0}
              role="button"
              aria-label={`${name}: ${brush ? `filtered from ${numberText(brush[0])} to ${numberText(brush[1])}; Enter removes the filter` : 'the arrow keys filter its upper or lower half'}`}
              onPointerDown={(event) => {
                event.currentTarget.setPointerCapture(event.pointerId)
                const start = place(event)
                drag.value = { name, from: start, to: start }
              }}
              onPointerMove={(event) => {
                if (drag.value?.name === name) drag.value = { ...drag.value, to: place(event) }
              }}
              onPointerUp={() => release(name, scale)}
              onKeyDown={(event) => keyBrush(event, name, scale, brush)}
            />
            {(dragged || brush) && (
              <rect
                class="brushed"
                x={at - 7}
                width={14}
                y={Math.min(from, to)}
                height={Math.max(2, Math.abs(to - from))}
              />
            )}
          </g>
        )
      })}
    </svg>
  )
}

/** Arrow up keeps the upper half of what is kept, arrow down the lower half. */
function keyBrush(
  event: KeyboardEvent,
  name: string,
  scale: ParallelChart['axes'][number]['scale'],
  brush: readonly [number, number] | undefined,
): void {
  if (event.key === 'Enter' || event.key === 'Delete') setBrush(name, undefined)
  else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
    const [a, b] = brush ? [scale.at(brush[0]), scale.at(brush[1])] : scale.range
    const [low, high] = [Math.min(a, b), Math.max(a, b)]
    const middle = (low + high) / 2
    const [from, to] = event.key === 'ArrowUp' ? [low, middle] : [middle, high]
    setBrush(name, [scale.invert(from), scale.invert(to)])
  } else return
  event.preventDefault()
}
