/** Two parameters at a time: where trials ran and failed, or what a model of the trials expects there. */
import { useMemo } from 'preact/hooks'
import type { Axis } from '../../../charts/scales.js'
import { surfaceChart } from '../../../charts/surface.js'
import { levelOf } from '../../../charts/theme.js'
import { type Chart, type Symbols, xyChart } from '../../../charts/xy.js'
import { studyPath } from '../../app/api.js'
import { goTo, queried, setQuery } from '../../app/route.js'
import { axisOf, valueRange, valuesOf } from '../../data/space.js'
import type { Surface, SurfaceAxis } from '../../data/types.js'
import { Figure } from '../../figure/figure.js'
import { Choice, Fault } from '../../parts/controls.js'
import { useResource } from '../../parts/resource.js'
import { aboutTrial } from '../../parts/trial-text.js'
import { jitterOf } from './panel-figures.js'
import { type Rows, type SpaceProps, shownRows } from './rows.js'

export function PairFigure(props: SpaceProps) {
  const { live, study, names, version, top } = props
  const pick = (key: string, otherwise: number) =>
    names.includes(queried(key)) ? queried(key) : names[Math.min(otherwise, names.length - 1)]!
  const [x, y] = [pick('x', 0), pick('y', 1)]
  const shades = queried('shades', 'none') as 'none' | 'mean' | 'sd'
  const rows = useMemo(() => shownRows(props), [version, queried('brush'), top])
  const range = useMemo(() => valueRange(live, study), [live, study.objective.direction])
  const path =
    shades === 'none' || x === y
      ? undefined
      : `${studyPath(live.name, 'surface')}?${new URLSearchParams({ x, y, size: '40' })}`
  const model = useResource<Surface>(path)
  const surface = path === undefined ? undefined : model.answer.value
  // One that is not shown has no axes, only its reason.
  const asked = surface?.x?.name === x && surface.y?.name === y
  const current = asked || surface?.status !== 'shown' ? surface : undefined
  const shaded = current?.status === 'shown' ? current : undefined
  return (
    <Figure
      title={`${y} over ${x}`}
      question={
        shades === 'none'
          ? 'Where did trials run, where were they good, and where did they fail?'
          : 'What does a model of all trials expect, with the other parameters as recommended?'
      }
      inputs={[rows, x, y, shades, shaded, range.value]}
      build={(width) =>
        shaded
          ? modelled(props, x, y, rows, width, shaded, shades === 'sd')
          : scattered(props, x, y, rows, width, range.value)
      }
      about={(number) => aboutTrial(live, number)}
      onPick={(number) => goTo('studies', live.name, 'trials', number)}
      csv={() => [
        ['trial', x, y, study.objective.metric],
        ...[...rows.valued, ...rows.failed].map((row) => [
          live.table.numbers('number')[row],
          valuesOf(live, x)[row],
          valuesOf(live, y)[row],
          live.table.numbers('value')[row],
        ]),
      ]}
      controls={
        <>
          <Choice label="x" value={x} options={names} onChange={(value) => setQuery({ x: value })} />
          <Choice label="y" value={y} options={names} onChange={(value) => setQuery({ y: value })} />
          <Choice
            label="shades"
            value={shades}
            options={[
              ['none', 'none'],
              ['mean', 'expected value (gp)'],
              ['sd', 'its uncertainty'],
            ]}
            onChange={(value) => setQuery({ shades: value === 'none' ? '' : value })}
          />
        </>
      }
    >
      {path !== undefined && current === undefined && !model.fault.value && (
        <p class="waiting">The model learns from the trials …</p>
      )}
      {path !== undefined && model.fault.value !== undefined && <Fault error={model.fault.value} />}
      {current && current.status !== 'shown' && <p class="soft">{current.reason}</p>}
      {shaded && shaded.r2 !== null && (
        <p class="soft">Leave-one-out R² of the model: {shaded.r2.toFixed(2)}.</p>
      )}
    </Figure>
  )
}

function scattered(
  props: SpaceProps,
  x: string,
  y: string,
  rows: Rows,
  width: number,
  [best, worst]: readonly [number, number],
): Chart {
  const { live, study } = props
  const values = live.table.numbers('value')
  const [valued, failed] = layersOf(props, x, y, rows)
  return xyChart({
    width,
    height: Math.min(520, Math.max(300, width * 0.6)),
    title: `${y} over ${x}`,
    description: `${rows.valued.length} trials with a value, strong where it is good, and ${rows.failed.length} that failed.`,
    x: axisOf(live, study, x),
    y: axisOf(live, study, y),
    symbols: [
      failed,
      { ...valued, levels: rows.valued.map((row) => levelOf(values[row]!, best, worst)) },
    ].filter(({ x }) => x.length > 0),
  })
}

function modelled(
  props: SpaceProps,
  x: string,
  y: string,
  rows: Rows,
  width: number,
  surface: Surface,
  sd: boolean,
): Chart {
  const { live, study } = props
  const [valued, failed] = layersOf(props, x, y, {
    valued: rows.valued.slice(-400),
    failed: rows.failed.slice(-200),
  })
  const axes = [axisOf(live, study, x), axisOf(live, study, y)] as const
  return surfaceChart({
    width,
    height: Math.min(520, Math.max(300, width * 0.6)),
    title: `${sd ? 'Uncertainty of ' : ''}${study.objective.metric} over ${x} and ${y}`,
    description: 'The model’s expectation with the other parameters at the recommendation.',
    x: axes[0],
    y: axes[1],
    xs: places(surface.x!, axes[0]),
    ys: places(surface.y!, axes[1]),
    values: (sd ? surface.sd : surface.mean)!,
    lowIsBest: sd || study.objective.direction === 'minimize',
    what: sd ? 'sd' : study.objective.metric,
    symbols: [
      // Paper below the rings, so that they are seen on dark shades too.
      { ...valued, shape: 'circle' as const, colour: 'paper' as const, size: 7, opacity: 0.85, quiet: true },
      {
        ...valued,
        shape: 'ring' as const,
        colour: 'ink' as const,
        size: 7,
        opacity: 1,
        label: 'best trials',
      },
      failed,
    ].filter(({ x }) => x.length > 0),
  })
}

function places({ values }: SurfaceAxis, { categories }: Axis): number[] {
  return values.map((value) => (categories ? categories.indexOf(String(value)) : Number(value)))
}

function layersOf({ live }: SpaceProps, x: string, y: string, { valued, failed }: Rows): [Symbols, Symbols] {
  const numbers = live.table.numbers('number')
  const [xs, ys] = [valuesOf(live, x), valuesOf(live, y)]
  const [spreadX, spreadY] = [jitterOf(live, x), jitterOf(live, y)]
  const layer = (rows: readonly number[]) => ({
    x: rows.map((row) => xs[row]! + spreadX(row)),
    y: rows.map((row) => ys[row]! - spreadY(row * 2)),
    ids: rows.map((row) => numbers[row]!),
  })
  return [
    {
      label: 'with a value (strong: good)',
      shape: 'circle',
      colour: 'r0',
      size: valued.length > 2000 ? 4 : 7,
      opacity: 0.85,
      ...layer(valued),
    },
    { label: 'failed', shape: 'cross', colour: 'bad', size: 7, opacity: 0.8, ...layer(failed) },
  ]
}
