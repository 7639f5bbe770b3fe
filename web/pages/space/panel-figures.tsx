/** One small figure for each parameter: the value over it, or its values over the search. */
import { useMemo } from 'preact/hooks'
import { levelOf } from '../../../charts/theme.js'
import { type Chart, type Symbols, xyChart } from '../../../charts/xy.js'
import { goTo, queried } from '../../app/route.js'
import { axisOf, valueRange, valuesOf } from '../../data/space.js'
import { Figure } from '../../figure/figure.js'
import { aboutTrial } from '../../parts/trial-text.js'
import { cell } from './parallel-figure.js'
import { type Rows, type SpaceProps, sampledRows, shownRows } from './rows.js'

const HEIGHT = 210
/** In each of the small figures; the CSV of a figure has all of them. */
const MOST_POINTS = 3000

export function PanelFigures(props: SpaceProps & { readonly view: 'slices' | 'time' }) {
  const { live, study, names, version, top, view } = props
  const whole = useMemo(() => shownRows(props), [version, queried('brush'), top])
  const rows = useMemo(
    () => ({
      valued: sampledRows(whole.valued, MOST_POINTS),
      failed: sampledRows(whole.failed, MOST_POINTS / 4),
    }),
    [whole],
  )
  const count = whole.valued.length + whole.failed.length
  const range = useMemo(() => valueRange(live, study), [live, study.objective.direction])
  const [best, worst] = range.value
  if (count === 0) return <p class="soft">No trial that ended lies inside of every filter.</p>
  return (
    <>
      <p class="question">
        {view === 'slices'
          ? 'At which values of each parameter are the good trials? The worst fifth lies at the edge.'
          : 'Where has the search settled? Strong symbols are the best trials; a cross is a failure.'}
        {count > MOST_POINTS && ` The best and an even sample of the ${count} trials are drawn.`}
      </p>
      <div class="panels">
        {names.map((name) => (
          <Figure
            key={name}
            title={name}
            inputs={[rows, view, best, worst]}
            build={(width) =>
              view === 'slices'
                ? slice(props, name, rows, width)
                : overTime(props, name, rows, width, [best, worst])
            }
            about={(number) => aboutTrial(live, number)}
            onPick={(number) => goTo('studies', live.name, 'trials', number)}
            csv={() => [
              ['trial', name, study.objective.metric],
              ...whole.valued.map((row) => [
                live.table.numbers('number')[row],
                cell(props, name, row),
                live.table.numbers('value')[row],
              ]),
            ]}
          />
        ))}
      </div>
    </>
  )
}

function slice(props: SpaceProps, name: string, { valued, failed }: Rows, width: number): Chart {
  const { live, study } = props
  const values = live.table.numbers('value')
  const lower = study.objective.direction === 'minimize'
  const edge = valued[Math.floor(valued.length * 0.2)]
  const [best, worst] = [values[valued.at(-1)!] ?? 0, edge === undefined ? 1 : values[edge]!]
  const room = Math.abs(worst - best) * 0.06 || Math.abs(best) * 0.05 || 1
  const clipped = (value: number) =>
    lower ? Math.min(value, worst + room / 2) : Math.max(value, worst - room / 2)
  const few = valued.length < 8
  return xyChart({
    width,
    height: HEIGHT,
    title: name,
    description: `${study.objective.metric} of ${valued.length} trials over ${name}; ${failed.length} trials failed.`,
    x: { ...axisOf(live, study, name), label: '' },
    y: {
      label: study.objective.metric,
      ...(!few && {
        domain: lower ? [best - room, worst + room] : ([worst - room, best + room] as [number, number]),
      }),
    },
    symbols: layers(
      props,
      name,
      { valued, failed },
      {
        valued: (row) => (few ? values[row]! : clipped(values[row]!)),
        failed: lower ? worst + (few ? 0 : room) : worst - (few ? 0 : room),
      },
    ),
  })
}

function layers(
  { live }: SpaceProps,
  name: string,
  { valued, failed }: Rows,
  y: { readonly valued: (row: number) => number; readonly failed: number },
): Symbols[] {
  const [xs, numbers] = [valuesOf(live, name), live.table.numbers('number')]
  const spread = jitterOf(live, name)
  return [
    {
      label: 'trials',
      shape: 'circle',
      colour: 'c0',
      size: valued.length > 2000 ? 3 : 5,
      opacity: valued.length > 300 ? 0.45 : 0.7,
      x: valued.map((row) => xs[row]! + spread(row)),
      y: valued.map(y.valued),
      ids: valued.map((row) => numbers[row]!),
      quiet: true,
    },
    {
      label: 'failed',
      shape: 'cross',
      colour: 'bad',
      size: 6,
      opacity: 0.7,
      x: failed.map((row) => xs[row]! + spread(row)),
      y: failed.map(() => y.failed),
      ids: failed.map((row) => numbers[row]!),
      quiet: true,
    },
  ]
}

/** Values of a category lie beside each other, spread by the trial's number. */
export function jitterOf({ table }: SpaceProps['live'], name: string): (row: number) => number {
  if (table.column(`params.${name}`)?.kind !== 'category') return () => 0
  const numbers = table.numbers('number')
  return (row) => (((numbers[row]! * 0.618034) % 1) - 0.5) * 0.5
}

function overTime(
  { live, study }: SpaceProps,
  name: string,
  { valued, failed }: Rows,
  width: number,
  [best, worst]: readonly [number, number],
): Chart {
  const [values, ys, numbers] = [
    live.table.numbers('value'),
    valuesOf(live, name),
    live.table.numbers('number'),
  ]
  const spread = jitterOf(live, name)
  return xyChart({
    width,
    height: HEIGHT,
    title: name,
    description: `${name} of each trial in the order of the search.`,
    x: { label: 'trial', whole: true, include: [0] },
    y: { ...axisOf(live, study, name), label: '' },
    symbols: [
      {
        label: 'failed',
        shape: 'cross',
        colour: 'bad',
        size: 6,
        opacity: 0.6,
        x: failed.map((row) => numbers[row]!),
        y: failed.map((row) => ys[row]! + spread(row)),
        ids: failed.map((row) => numbers[row]!),
        quiet: true,
      },
      {
        label: 'trials',
        shape: 'circle',
        colour: 'c0',
        size: valued.length > 2000 ? 3 : 5,
        opacity: 0.85,
        x: valued.map((row) => numbers[row]!),
        y: valued.map((row) => ys[row]! + spread(row)),
        ids: valued.map((row) => numbers[row]!),
        levels: valued.map((row) => levelOf(values[row]!, best, worst)),
        quiet: true,
      },
    ],
  })
}
