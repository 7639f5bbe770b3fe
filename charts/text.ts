/** How wide a text will be, and where it is broken: nothing in Node can measure a font. */
import { TEXT_SIZE } from './scene.js'

/** Widths in parts of the font's size: those of DejaVu Sans, the widest of the system fonts. */
const NARROW = /[ijlt.,:;|!'`()[\]{}fr1 ]/
const WIDE = /[mwMW@%—…]/
const CAPITAL = /[A-Z_0-9+=<>~#&]/

export function textWidth(text: string, size = TEXT_SIZE, bold = false): number {
  let width = 0
  for (const letter of text)
    width += NARROW.test(letter) ? 0.4 : WIDE.test(letter) ? 0.97 : CAPITAL.test(letter) ? 0.7 : 0.62
  return width * size * (bold ? 1.12 : 1)
}

/** Shortened with an ellipsis where it is wider. */
export function fitText(text: string, width: number, size = TEXT_SIZE): string {
  if (textWidth(text, size) <= width) return text
  let end = text.length
  while (end > 1 && textWidth(`${text.slice(0, end)}…`, size) > width) end--
  return `${text.slice(0, end)}…`
}

/** Each shortened; in the middle, where several would look alike without their ends, as gpu-node-1 and gpu-node-2. */
export function fitTexts(texts: readonly string[], width: number, size = TEXT_SIZE): string[] {
  const short = texts.map((text) => fitText(text, width, size))
  return short.map((text, i) => {
    const alike = short.some((other, k) => k !== i && other === text && texts[k] !== texts[i])
    return alike ? fitEnds(texts[i]!, width, size) : text
  })
}

function fitEnds(text: string, width: number, size: number): string {
  const ends = (kept: number) => `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(-Math.floor(kept / 2))}`
  let kept = text.length - 1
  while (kept > 2 && textWidth(ends(kept), size) > width) kept--
  return ends(kept)
}

/** In at most so many lines, broken at spaces and after underscores, dots and hyphens; the last one is shortened. */
export function wrapText(text: string, width: number, most = 2, size = TEXT_SIZE): string[] {
  const pieces = text.match(/[^\s_.\-/]+[_.\-/]*\s*|[\s_.\-/]+/g) ?? [text]
  const lines: string[] = ['']
  for (const piece of pieces) {
    const longer = lines.at(-1)! + piece
    if (lines.at(-1) === '' || textWidth(longer.trimEnd(), size) <= width) lines[lines.length - 1] = longer
    else lines.push(piece)
  }
  const shown = lines.slice(0, most).map((line) => line.trimEnd())
  if (lines.length > most) shown[most - 1] = `${shown[most - 1]}…`
  return shown.map((line) => fitText(line, width, size))
}
