/** Writes a scene as SVG text: for reports, for files, and for the bench's pictures. */
import {
  type LegendEntry,
  type LinesMark,
  type Mark,
  type Scene,
  type SymbolsMark,
  TEXT_SIZE,
} from './scene.js'
import { STROKED, short, symbolPath } from './symbols.js'
import { textWidth, wrapText } from './text.js'
import type { Theme } from './theme.js'

const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'

/** A picture by itself: with its title, its legend and its paper. */
export function svgFile(scene: Scene, theme: Theme): string {
  const titles = wrapText(scene.title, scene.width - 16, 3, 16)
  const legend = legendMarks(scene.legend, scene.width, 18 + titles.length * 20)
  const heading: Mark[] = titles.map((text, i) => ({
    kind: 'text',
    x: 8,
    y: 22 + i * 20,
    text,
    size: 16,
    bold: true,
  }))
  const top = 14 + titles.length * 20 + legend.height
  const height = scene.height + top
  const paper = element('rect', { width: scene.width, height, fill: theme('paper') })
  const body = element(
    'g',
    { transform: `translate(0 ${top})` },
    scene.marks.map((mark) => markSvg(mark, theme)).join(''),
  )
  const above = [...heading, ...legend.marks].map((mark) => markSvg(mark, theme)).join('')
  return `${shell(scene, scene.width, height, paper + above + body)}\n`
}

/** The scene alone, for a document that has the title and the legend as text. */
export function svgInline(scene: Scene, theme: Theme): string {
  return shell(scene, scene.width, scene.height, scene.marks.map((mark) => markSvg(mark, theme)).join(''))
}

function shell({ title, description }: Scene, width: number, height: number, content: string): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${short(width)} ${short(height)}`,
    width: short(width),
    height: short(height),
    role: 'img',
    'aria-label': `${title}. ${description}`,
    'font-family': FONT,
    'font-size': TEXT_SIZE,
  }
  const about = element('title', {}, escaped(title)) + element('desc', {}, escaped(description))
  return element('svg', attributes, about + content)
}

/** Rows of symbols with their labels, as many beside each other as there is room for. */
export function legendMarks(
  entries: readonly LegendEntry[],
  width: number,
  top: number,
): { readonly marks: Mark[]; readonly height: number } {
  const marks: Mark[] = []
  let [x, y] = [10, top]
  for (const entry of entries) {
    const wide = 18 + textWidth(entry.label) + 18
    if (x > 10 && x + wide > width) [x, y] = [10, y + 18]
    marks.push(sample(entry, x, y), { kind: 'text', x: x + 18, y: y + 4, text: entry.label, colour: 'soft' })
    x += wide
  }
  return { marks, height: entries.length > 0 ? y - top + 20 : 0 }
}

function sample({ colour, shape = 'circle', line, dash }: LegendEntry, x: number, y: number): Mark {
  if (line)
    return { kind: 'path', points: [x - 2, y, x + 13, y], stroke: colour, width: 2.4, ...(dash && { dash }) }
  return { kind: 'symbols', x: [x + 6], y: [y], shape, size: 9, colour }
}

function markSvg(mark: Mark, theme: Theme): string {
  switch (mark.kind) {
    case 'path':
      return element(
        'path',
        {
          d: pathData(mark.points, mark.fill !== undefined),
          fill: mark.fill ? theme(mark.fill) : 'none',
          ...(mark.stroke && { stroke: theme(mark.stroke), 'stroke-width': mark.width ?? 1.5 }),
          ...(mark.stroke && { 'stroke-linejoin': 'round' }),
          ...(mark.dash && { 'stroke-dasharray': mark.dash.join(' ') }),
          ...(mark.opacity !== undefined && { opacity: mark.opacity }),
        },
        titleOf(mark.about),
      )
    case 'rect':
      return element(
        'rect',
        {
          x: short(mark.x),
          y: short(mark.y),
          width: short(Math.max(0, mark.width)),
          height: short(Math.max(0, mark.height)),
          fill: theme(mark.fill),
          ...(mark.opacity !== undefined && { opacity: mark.opacity }),
        },
        titleOf(mark.about),
      )
    case 'text':
      return element(
        'text',
        {
          x: short(mark.x),
          y: short(mark.y),
          fill: theme(mark.colour ?? 'ink'),
          ...(mark.anchor && mark.anchor !== 'start' && { 'text-anchor': mark.anchor }),
          ...(mark.size && { 'font-size': mark.size }),
          ...(mark.bold && { 'font-weight': 600 }),
          ...(mark.halo && { stroke: theme('paper'), 'stroke-width': 3, 'paint-order': 'stroke' }),
          ...(mark.turned && { transform: `rotate(-90 ${short(mark.x)} ${short(mark.y)})` }),
        },
        escaped(mark.text),
      )
    case 'symbols':
      return symbolsSvg(mark, theme)
    case 'lines':
      return linesSvg(mark, theme)
  }
}

/** One path for all symbols of a colour: a few bytes a point. */
function symbolsSvg({ x, y, shape, size, colour, opacity, levels }: SymbolsMark, theme: Theme): string {
  const byColour = new Map<string, string[]>()
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i]!) || !Number.isFinite(y[i]!)) continue
    const paint = theme(levels ? `r${levels[i]!}` : colour)
    const pieces = byColour.get(paint) ?? []
    pieces.push(
      shape === 'circle' ? `M${short(x[i]!)} ${short(y[i]!)}h0` : symbolPath(shape, x[i]!, y[i]!, size),
    )
    byColour.set(paint, pieces)
  }
  return [...byColour]
    .map(([paint, pieces]) =>
      element('path', {
        d: pieces.join(''),
        ...(shape === 'circle'
          ? { stroke: paint, 'stroke-width': size, 'stroke-linecap': 'round' }
          : STROKED.has(shape)
            ? { stroke: paint, 'stroke-width': 1.6, fill: 'none' }
            : { fill: paint }),
        ...(opacity !== undefined && { opacity }),
      }),
    )
    .join('')
}

function linesSvg({ xs, ys, colours, opacity, width }: LinesMark, theme: Theme): string {
  return colours
    .map((colour, i) => {
      const points = xs.flatMap((x, k) => [x, ys[i * xs.length + k]!])
      return element('path', {
        d: pathData(points),
        fill: 'none',
        stroke: theme(colour),
        'stroke-width': width,
        opacity,
      })
    })
    .join('')
}

export function pathData(points: readonly number[], closed = false): string {
  let data = ''
  let down = false
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!]
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      down = false
      continue
    }
    data += `${down ? 'L' : 'M'}${short(x)} ${short(y)}`
    down = true
  }
  return closed && data !== '' ? `${data}Z` : data
}

function titleOf(about: string | undefined): string {
  return about === undefined ? '' : element('title', {}, escaped(about))
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')
  return content ? `<${name}${given}>${content}</${name}>` : `<${name}${given}/>`
}

export function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  )
}
