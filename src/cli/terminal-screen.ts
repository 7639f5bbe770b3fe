/** Redraws lines in place on a terminal. Without a terminal it draws nothing, and the caller prints lines itself. */
const REDRAW_MS = 100

export class Screen {
  readonly live = process.stdout.isTTY
  private drawn = 0
  private drawnAt = Number.NEGATIVE_INFINITY

  draw(lines: readonly string[], now = false): void {
    if (!this.live || (!now && performance.now() - this.drawnAt < REDRAW_MS)) return
    this.drawnAt = performance.now()
    const { columns = 80, rows = 24 } = process.stdout
    const shown = lines.slice(0, rows - 1).map((line) => cropLine(line, columns))
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : ''
    process.stdout.write(`${up}\x1b[J${shown.map((line) => `${line}\n`).join('')}`)
    this.drawn = shown.length
  }
}

/** Crops a line to the terminal's width, because a wrapped line would break the redrawing. Colour codes are kept. */
function cropLine(line: string, columns: number): string {
  let seen = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  return line.replace(/(\x1b\[[\d;]*m)|./gu, (character, colour) =>
    colour !== undefined || seen++ < columns ? character : '',
  )
}

const BAR = 20

export function progressBar(share: number): string {
  const filled = Math.min(BAR, Math.max(0, Math.round(share * BAR)))
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`
}

const LEVELS = '▁▂▃▄▅▆▇█'

/** A line chart of the values in at most `width` characters; the lowest bar is the lowest value. */
export function sparkline(values: readonly number[], width = 40): string {
  if (values.length === 0) return ''
  const shown = Array.from(
    { length: Math.min(width, values.length) },
    (_, i, all = Math.min(width, values.length)) => values[Math.ceil(((i + 1) * values.length) / all) - 1]!,
  )
  const [low, high] = [Math.min(...shown), Math.max(...shown)]
  const level = (value: number) => (high === low ? 0 : Math.round((7 * (value - low)) / (high - low)))
  return shown.map((value) => LEVELS[level(value)]).join('')
}
