/** Lines that are drawn again in place on a terminal; elsewhere the caller prints what is worth a line of its own. */
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

/** A line that the terminal breaks would be two to draw over. Its colours stay. */
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

/** The values' course in so many characters at most; low is low. */
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
