/** The outlines of symbols, as pieces of an SVG path around a place. */
import type { Shape } from './scene.js'

/** Filled, except for ring, plus and cross, which are strokes. */
export const STROKED: ReadonlySet<Shape> = new Set(['ring', 'plus', 'cross'])

export function symbolPath(shape: Shape, x: number, y: number, size: number): string {
  const r = size / 2
  const at = (...places: [number, number][]) =>
    places.map(([dx, dy]) => `${short(x + dx * r)} ${short(y + dy * r)}`)
  switch (shape) {
    case 'square':
      return `M${at([-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]).join('L')}Z`
    case 'triangle':
      return `M${at([0, -1.1], [1.05, 0.8], [-1.05, 0.8]).join('L')}Z`
    case 'diamond':
      return `M${at([0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]).join('L')}Z`
    case 'star':
      return `M${at(...STAR).join('L')}Z`
    case 'plus': {
      const [west, east, north, south] = at([-1, 0], [1, 0], [0, -1], [0, 1])
      return `M${west}L${east}M${north}L${south}`
    }
    case 'cross': {
      const [a, b, c, d] = at([-0.8, -0.8], [0.8, 0.8], [-0.8, 0.8], [0.8, -0.8])
      return `M${a}L${b}M${c}L${d}`
    }
    default: {
      const [west] = at([-1, 0])
      return `M${west}a${short(r)} ${short(r)} 0 1 0 ${short(2 * r)} 0a${short(r)} ${short(r)} 0 1 0 ${short(-2 * r)} 0`
    }
  }
}

const STAR: [number, number][] = Array.from({ length: 10 }, (_, i) => {
  const [angle, radius] = [(i * Math.PI) / 5, i % 2 === 0 ? 1.4 : 0.6]
  return [Math.sin(angle) * radius, -Math.cos(angle) * radius]
})

export function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}
