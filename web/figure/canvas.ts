/** Draws the marks that have many points on a canvas, a few milliseconds at a time, so that the page never stands still. */
import type { LinesMark, Mark, Shape, SymbolsMark } from '../../charts/scene.js'
import { STROKED, symbolPath } from '../../charts/symbols.js'
import type { Theme } from '../../charts/theme.js'

const SLICE_MS = 8
/** Points between two looks at the clock. */
const PIECE = 2000

/** More symbols than this are drawn on the canvas, fewer as SVG. */
export const MANY = 400

export function isForCanvas(mark: Mark): mark is SymbolsMark | LinesMark {
  return mark.kind === 'lines' || (mark.kind === 'symbols' && mark.x.length > MANY)
}

/** Draws into a hidden canvas and shows it when it is whole; returns how to stop it. */
export function drawMarks(
  canvas: HTMLCanvasElement,
  { width, height }: { width: number; height: number },
  marks: readonly (SymbolsMark | LinesMark)[],
  theme: Theme,
): () => void {
  const scale = devicePixelRatio || 1
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)]
  const hidden = document.createElement('canvas')
  Object.assign(hidden, { width: wide, height: high })
  const context = hidden.getContext('2d')!
  context.scale(scale, scale)
  const work = drawAll(context, marks, theme, scale)
  let frame = 0
  const slice = () => {
    const until = performance.now() + SLICE_MS
    for (;;) {
      if (work.next().done) return show()
      if (performance.now() > until) break
    }
    frame = requestAnimationFrame(slice)
  }
  const show = () => {
    Object.assign(canvas, { width: wide, height: high })
    canvas.getContext('2d')!.drawImage(hidden, 0, 0)
    canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1)
  }
  slice()
  return () => cancelAnimationFrame(frame)
}

function* drawAll(
  context: CanvasRenderingContext2D,
  marks: readonly (SymbolsMark | LinesMark)[],
  theme: Theme,
  scale: number,
): Generator<undefined> {
  for (const mark of marks) {
    context.globalAlpha = mark.opacity ?? 1
    if (mark.kind === 'lines') yield* drawLines(context, mark, theme)
    else yield* drawSymbols(context, mark, theme, scale)
  }
}

/** Each look is painted once, and then copied to its places. */
function* drawSymbols(
  context: CanvasRenderingContext2D,
  { x, y, shape, size, colour, levels }: SymbolsMark,
  theme: Theme,
  scale: number,
): Generator<undefined> {
  const stamps = new Map<number, HTMLCanvasElement>()
  const stampOf = (level: number) => {
    const known = stamps.get(level)
    if (known !== undefined) return known
    const made = stamp(shape, size, theme(level < 0 ? colour : `r${level}`), scale)
    stamps.set(level, made)
    return made
  }
  const half = (size * 1.5 + 4) / 2
  for (let i = 0; i < x.length; i++) {
    if (i % PIECE === PIECE - 1) yield
    if (Number.isFinite(x[i]!) && Number.isFinite(y[i]!))
      context.drawImage(stampOf(levels ? levels[i]! : -1), x[i]! - half, y[i]! - half, 2 * half, 2 * half)
  }
}

function stamp(shape: Shape, size: number, paint: string, scale: number): HTMLCanvasElement {
  const side = size * 1.5 + 4
  const made = document.createElement('canvas')
  Object.assign(made, { width: Math.ceil(side * scale), height: Math.ceil(side * scale) })
  const context = made.getContext('2d')!
  context.scale(made.width / side, made.height / side)
  const path = new Path2D(symbolPath(shape, side / 2, side / 2, size))
  if (STROKED.has(shape)) {
    Object.assign(context, { strokeStyle: paint, lineWidth: 1.6 })
    context.stroke(path)
  } else {
    context.fillStyle = paint
    context.fill(path)
  }
  return made
}

function* drawLines(
  context: CanvasRenderingContext2D,
  { xs, ys, colours, width }: LinesMark,
  theme: Theme,
): Generator<undefined> {
  context.lineWidth = width
  context.lineJoin = 'round'
  for (let i = 0; i < colours.length; i++) {
    if (i % 50 === 49) yield
    context.strokeStyle = theme(colours[i]!)
    context.beginPath()
    let down = false
    for (let k = 0; k < xs.length; k++) {
      const y = ys[i * xs.length + k]!
      if (Number.isNaN(y)) down = false
      else if (down) context.lineTo(xs[k]!, y)
      else {
        context.moveTo(xs[k]!, y)
        down = true
      }
    }
    context.stroke()
  }
}
