/** SVG as text: elements, the page around them, and what all pictures share of looks. */

export const ink = { text: '#1f2933', soft: '#616e7c', grid: '#e4e7eb', paper: '#ffffff' }
export const fontSize = 13
/** Wide enough for the sans-serif fonts that readers have, in bold; there is nothing here that could measure a text. */
const CHARACTER_WIDTH = 0.62 * fontSize

export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string | readonly string[] = '',
): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(shortened(value))}"`)
  const inside = typeof content === 'string' ? content : content.join('')
  return inside ? `<${name}${given.join('')}>${inside}</${name}>` : `<${name}${given.join('')}/>`
}

export function text(
  x: number,
  y: number,
  content: string,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  return element('text', { x, y, fill: ink.text, ...attributes }, escaped(content))
}

export function line(
  from: readonly [number, number],
  to: readonly [number, number],
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  return element('line', { x1: from[0], y1: from[1], x2: to[0], y2: to[1], stroke: ink.grid, ...attributes })
}

/** A page with a heading; `description` is for those who cannot see it. */
export function page(
  {
    title,
    description,
    width,
    height,
  }: { title: string; description: string; width: number; height: number },
  content: readonly string[],
): string {
  const about = [
    element('title', { id: 'title' }, escaped(title)),
    element('desc', { id: 'desc' }, escaped(description)),
  ]
  const paper = element('rect', { width, height, fill: ink.paper })
  const heading = text(24, 34, title, { 'font-size': 18, 'font-weight': 600 })
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-labelledby': 'title desc',
    'font-family': 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif',
    'font-size': fontSize,
  }
  return `${element(
    'svg',
    attributes,
    [...about, paper, heading, ...content.filter(Boolean)].map((part) => `\n${part}`),
  )}\n`
}

export function widthOf(label: string): number {
  return label.length * CHARACTER_WIDTH
}

function shortened(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value
}

function escaped(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
