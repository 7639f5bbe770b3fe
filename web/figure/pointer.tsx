/** What is under the pointer, or under the keyboard: the nearest symbol is named, picked by a click or Enter; dragging marks an area. */
import { useSignal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import type { Plot } from '../../charts/frame.js'
import type { Chart } from '../../charts/xy.js'
import type { Area } from './figure.js'

interface Target {
  readonly x: number
  readonly y: number
  readonly id: number
}

interface PointerProps {
  readonly chart: Chart
  readonly about?: ((id: number) => string) | undefined
  readonly onPick?: ((id: number) => void) | undefined
  readonly onZoom?: ((area: Area | null) => void) | undefined
  readonly selected?: number | undefined
}

const NEAR = 24
/** A shorter drag is a click. */
const DRAG = 6

export function Pointer({ chart, about, onPick, onZoom, selected }: PointerProps) {
  const overlay = useRef<HTMLDivElement>(null)
  const shown = useSignal<Target | undefined>(undefined)
  const from = useSignal<{ x: number; y: number } | undefined>(undefined)
  const to = useSignal<{ x: number; y: number } | undefined>(undefined)
  // Made when the pointer comes, not with every drawing: there may be 50 000.
  const targets = useMemo(() => lazily(() => targetsOf(chart)), [chart])
  const { width, height } = chart.scene
  const chosen = useMemo(
    () => (selected === undefined ? undefined : find(chart, selected)),
    [chart, selected],
  )

  const place = (event: PointerEvent | MouseEvent) => {
    const box = overlay.current!.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  const move = (event: PointerEvent) => {
    const at = place(event)
    if (from.value) to.value = at
    else if (about) shown.value = nearest(targets(), at.x, at.y)
  }
  const release = (event: PointerEvent) => {
    const start = from.value
    const at = place(event)
    from.value = to.value = undefined
    if (start && onZoom && Math.hypot(at.x - start.x, at.y - start.y) > DRAG) {
      const area = areaOf(chart.plots, start, at)
      if (area) onZoom(area)
      return
    }
    const target = nearest(targets(), at.x, at.y)
    if (target) onPick?.(target.id)
  }
  const press = (event: PointerEvent) => {
    if (event.button !== 0) return
    from.value = place(event)
    overlay.current!.setPointerCapture?.(event.pointerId)
  }
  const type = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      shown.value = undefined
      onZoom?.(null)
      return
    }
    if (event.key === 'Enter' && shown.value) return onPick?.(shown.value.id)
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const all = step === undefined ? [] : targets()
    if (step === undefined || all.length === 0) return
    event.preventDefault()
    const now = shown.value ? all.indexOf(shown.value) : step > 0 ? -1 : all.length
    shown.value = all[Math.min(Math.max(now + step, 0), all.length - 1)]
  }
  const drag = from.value && to.value && onZoom ? corners(from.value, to.value) : undefined
  return (
    <div
      class="pointer"
      ref={overlay}
      tabIndex={0}
      role="application"
      aria-label={`${chart.scene.title}: the arrow keys move over its points, Enter opens one`}
      style={{ width: `${width}px`, height: `${height}px` }}
      onPointerMove={move}
      onPointerLeave={() => {
        if (!from.value) shown.value = undefined
      }}
      onPointerDown={press}
      onPointerUp={release}
      onDblClick={() => onZoom?.(null)}
      onKeyDown={type}
    >
      <svg width={width} height={height} aria-hidden="true">
        {chosen && <circle class="chosen" cx={chosen.x} cy={chosen.y} r="9" />}
        {shown.value && <circle class="hovered" cx={shown.value.x} cy={shown.value.y} r="7" />}
        {drag && <rect class="dragged" {...drag} />}
      </svg>
      <output class="tip" style={shown.value ? tipPlace(shown.value, width) : { display: 'none' }}>
        {shown.value && about?.(shown.value.id)}
      </output>
    </div>
  )
}

/** From left to right, as the arrows go. */
function targetsOf(chart: Chart): Target[] {
  return [...everyTarget(chart)].sort((a, b) => a.x - b.x || a.y - b.y)
}

function find(chart: Chart, id: number): Target | undefined {
  for (const target of everyTarget(chart)) if (target.id === id) return target
  return undefined
}

function* everyTarget({ scene }: Chart): Generator<Target> {
  for (const mark of scene.marks) {
    if (mark.kind === 'rect' && mark.id !== undefined)
      yield { x: mark.x + mark.width / 2, y: mark.y + mark.height / 2, id: mark.id }
    if (mark.kind !== 'symbols' || !mark.ids) continue
    for (let i = 0; i < mark.x.length; i++)
      if (Number.isFinite(mark.x[i]!) && Number.isFinite(mark.y[i]!))
        yield { x: mark.x[i]!, y: mark.y[i]!, id: mark.ids[i]! }
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function nearest(targets: readonly Target[], x: number, y: number): Target | undefined {
  let best: Target | undefined
  let least = NEAR * NEAR
  for (const target of targets) {
    const distance = (target.x - x) ** 2 + (target.y - y) ** 2
    if (distance < least) [best, least] = [target, distance]
  }
  return best
}

interface Spot {
  readonly x: number
  readonly y: number
}

function areaOf(plots: readonly Plot[], a: Spot, b: Spot): Area | undefined {
  const plot = plots.find(
    ({ left, right, top, bottom }) =>
      a.x >= left - 8 && a.x <= right + 8 && a.y >= top - 8 && a.y <= bottom + 8,
  )
  if (plot === undefined) return undefined
  const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
  const x = [a.x, b.x].map((at) => plot.x.invert(within(at, plot.left, plot.right))).sort((p, q) => p - q)
  const y = [a.y, b.y].map((at) => plot.y.invert(within(at, plot.top, plot.bottom))).sort((p, q) => p - q)
  if (x[0] === x[1] || y[0] === y[1]) return undefined
  return { x: x as unknown as Area['x'], y: y as unknown as Area['y'] }
}

function corners(a: Spot, b: Spot) {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  }
}

/** Beside the point, on the side where there is room, and no wider than that side. */
function tipPlace({ x, y }: Target, width: number) {
  const left = x > width / 2
  const room = { top: `${Math.max(0, y - 14)}px`, maxWidth: `${(left ? x : width - x) - 14}px` }
  return left ? { ...room, right: `${width - x + 12}px` } : { ...room, left: `${x + 12}px` }
}
