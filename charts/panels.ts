/** Several scenes as one, in rows and columns. */
import type { Mark, Scene } from './scene.js'
import { fitText } from './text.js'

export function panels(
  { title, description, columns }: { title: string; description: string; columns: number },
  scenes: readonly Scene[],
): Scene {
  const cell = {
    width: Math.max(0, ...scenes.map(({ width }) => width)),
    height: 24 + Math.max(0, ...scenes.map(({ height }) => height)),
  }
  const gap = 16
  const marks = scenes.flatMap((scene, i): Mark[] => {
    const [x, y] = [(i % columns) * (cell.width + gap), Math.floor(i / columns) * cell.height]
    const head: Mark = {
      kind: 'text',
      x,
      y: y + 14,
      text: fitText(scene.title, cell.width, 13),
      bold: true,
      size: 13,
    }
    return [head, ...scene.marks.map((mark) => moved(mark, x, y + 24))]
  })
  const used = Math.min(columns, scenes.length)
  return {
    width: used * (cell.width + gap) - gap,
    height: Math.ceil(scenes.length / columns) * cell.height,
    title,
    description,
    legend: scenes[0]?.legend ?? [],
    marks,
  }
}

export function moved(mark: Mark, x: number, y: number): Mark {
  switch (mark.kind) {
    case 'path':
      return { ...mark, points: mark.points.map((place, i) => place + (i % 2 === 0 ? x : y)) }
    case 'symbols':
      return { ...mark, x: mark.x.map((place) => place + x), y: mark.y.map((place) => place + y) }
    case 'lines':
      return { ...mark, xs: mark.xs.map((place) => place + x), ys: mark.ys.map((place) => place + y) }
    default:
      return { ...mark, x: mark.x + x, y: mark.y + y }
  }
}
