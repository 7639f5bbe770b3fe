/** A figure on the page: a heading, a legend, the drawing, what is under the pointer, and its files. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { Plot } from '../../charts/frame.js'
import type { LegendEntry, Scene } from '../../charts/scene.js'
import { svgFile, svgInline } from '../../charts/svg.js'
import { STROKED, symbolPath } from '../../charts/symbols.js'
import type { Chart } from '../../charts/xy.js'
import { download } from '../parts/download.js'
import { drawMarks, isForCanvas } from './canvas.js'
import { cssTheme, paperTheme, theme } from './colours.js'
import { Pointer } from './pointer.js'

export interface FigureProps {
  readonly title: string
  /** The question that the figure answers. */
  readonly question?: string
  /** The chart at a width; called again when its inputs change. */
  readonly build: (width: number) => Chart
  /** Whatever `build` reads: a change of one of them draws again. */
  readonly inputs: readonly unknown[]
  /** The numbers behind it: a head and rows. */
  readonly csv?: () => readonly (readonly unknown[])[]
  readonly about?: (id: number) => string
  readonly onPick?: (id: number) => void
  readonly selected?: number | undefined
  /** Dragging over a plot: the part of the axes that was marked; null: all of it again. */
  readonly onZoom?: (area: Area | null) => void
  readonly controls?: ComponentChildren
  /** Over the drawing: handles of its own. */
  readonly overlay?: () => ComponentChildren
  readonly children?: ComponentChildren
  /** Labels of the legend that are hidden, and what a click on one does. */
  readonly hidden?: ReadonlySet<string>
  readonly onToggle?: (label: string) => void
}

export interface Area {
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
}

export function Figure(props: FigureProps) {
  const holder = useRef<HTMLDivElement>(null)
  const width = useWidth(holder)
  const chart = useMemo(() => (width > 0 ? props.build(width) : undefined), [width, ...props.inputs])
  // What is wider than its place scrolls in it, so the keyboard must reach it.
  const wide = chart !== undefined && chart.scene.width > width
  return (
    <figure class="figure">
      <figcaption>
        <h3>{props.title}</h3>
        {props.question && <p class="question">{props.question}</p>}
        <div class="figure-tools">
          {props.controls}
          {chart && <Files chart={chart} csv={props.csv} />}
        </div>
      </figcaption>
      {chart && <Legend entries={chart.scene.legend} hidden={props.hidden} onToggle={props.onToggle} />}
      <div
        class="plot"
        ref={holder}
        {...(wide && { tabIndex: 0, role: 'region', 'aria-label': props.title })}
      >
        {chart && <Drawing scene={chart.scene} />}
        {chart && props.overlay?.()}
        {chart && (props.about || props.onZoom) && (
          <Pointer
            chart={chart}
            about={props.about}
            onPick={props.onPick}
            onZoom={props.onZoom}
            selected={props.selected}
          />
        )}
      </div>
      {props.children}
    </figure>
  )
}

/** The width of an element, by whole pixels. */
export function useWidth(holder: { readonly current: HTMLElement | null }): number {
  const width = useSignal(0)
  useLayoutEffect(() => {
    const element = holder.current!
    const look = () => {
      width.value = Math.floor(element.clientWidth)
    }
    look()
    const watch = new ResizeObserver(look)
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  return width.value
}

/** SVG below, a canvas for what has many points, and SVG above it. */
export function Drawing({ scene }: { readonly scene: Scene }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const first = scene.marks.findIndex(isForCanvas)
  const painted = first >= 0
  const colours = theme.value
  useEffect(() => {
    if (!painted || canvas.current === null) return
    return drawMarks(canvas.current, scene, scene.marks.filter(isForCanvas), colours)
  }, [scene, colours, painted])
  const above = useMemo(
    () => scene.marks.filter((mark, i) => i >= Math.max(first, 0) && !isForCanvas(mark)),
    [scene],
  )
  return (
    <div class="drawing" style={{ width: `${scene.width}px`, height: `${scene.height}px` }}>
      {painted && <Layer scene={{ ...scene, marks: scene.marks.slice(0, first) }} hidden />}
      {painted && (
        <canvas
          ref={canvas}
          aria-hidden="true"
          style={{ width: `${scene.width}px`, height: `${scene.height}px` }}
        />
      )}
      <Layer scene={{ ...scene, marks: above }} />
    </div>
  )
}

/** The writer of SVG escapes every text, and this is the only place of the page that takes text for markup. */
function Layer({ scene, hidden = false }: { readonly scene: Scene; readonly hidden?: boolean }) {
  const __html = useMemo(() => svgInline(scene, cssTheme), [scene])
  return <div class="layer" aria-hidden={hidden ? 'true' : undefined} dangerouslySetInnerHTML={{ __html }} />
}

export function Legend({
  entries,
  hidden,
  onToggle,
}: {
  readonly entries: readonly LegendEntry[]
  readonly hidden?: ReadonlySet<string> | undefined
  readonly onToggle?: ((label: string) => void) | undefined
}) {
  if (entries.length === 0) return null
  return (
    <ul class="legend">
      {entries.map((entry) => (
        <li key={entry.label}>
          {onToggle ? (
            <button
              type="button"
              aria-pressed={!hidden?.has(entry.label)}
              onClick={() => onToggle(entry.label)}
            >
              <Sample entry={entry} />
              {entry.label}
            </button>
          ) : (
            <span>
              <Sample entry={entry} />
              {entry.label}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}

function Sample({ entry: { colour, shape = 'circle', line, dash } }: { readonly entry: LegendEntry }) {
  const paint = cssTheme(colour)
  return (
    <svg width="18" height="12" viewBox="0 0 18 12" aria-hidden="true">
      {line ? (
        <path d="M1 6H17" stroke={paint} stroke-width="2.4" fill="none" stroke-dasharray={dash?.join(' ')} />
      ) : STROKED.has(shape) ? (
        <path d={symbolPath(shape, 9, 6, 9)} stroke={paint} stroke-width="1.6" fill="none" />
      ) : (
        <path d={symbolPath(shape, 9, 6, 9)} fill={paint} />
      )}
    </svg>
  )
}

function Files({ chart, csv }: { readonly chart: Chart; readonly csv?: FigureProps['csv'] }) {
  const name = chart.scene.title.replace(/[^A-Za-z0-9._-]+/g, '-')
  return (
    <span class="files">
      <button
        type="button"
        onClick={() => download(`${name}.svg`, 'image/svg+xml', svgFile(chart.scene, paperTheme))}
      >
        SVG
      </button>
      {csv && (
        <button type="button" onClick={() => download(`${name}.csv`, 'text/csv', csvText(csv()))}>
          CSV
        </button>
      )}
    </span>
  )
}

export function csvText(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map(csvCell).join(',')).join('\r\n')
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function csvCell(value: unknown): string {
  if (value === undefined || value === null || Number.isNaN(value)) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export type { Plot }
