/** A line for each thing that goes on: redrawn in place on a terminal, now and then a line elsewhere. */
const BAR = 20
const REDRAW_MS = 100
/** Off a terminal, a line is printed each time another such share is done. */
const SHARE = 0.25

export class Progress {
  private readonly lines = new Map<string, string>()
  private readonly printed = new Map<string, number>()
  private drawn = 0
  private drawnAt = 0

  show(name: string, share: number, figures: readonly string[]): void {
    const filled = Math.min(BAR, Math.round(share * BAR))
    const line = `${name.padEnd(8)} ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${figures.join('  ')}`
    this.lines.set(name, line)
    if (process.stdout.isTTY) this.redraw()
    else this.print(name, share, line)
  }

  done(name: string, why: string): void {
    if (!process.stdout.isTTY) console.log(`${name.padEnd(8)} ${why}`)
  }

  end(): void {
    this.drawnAt = 0
    if (process.stdout.isTTY) this.redraw()
  }

  private redraw(): void {
    if (Date.now() - this.drawnAt < REDRAW_MS) return
    this.drawnAt = Date.now()
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : ''
    process.stdout.write(`${up}${[...this.lines.values()].map((line) => `\x1b[K${line}\n`).join('')}`)
    this.drawn = this.lines.size
  }

  private print(name: string, share: number, line: string): void {
    const step = Math.floor(share / SHARE)
    if (step <= (this.printed.get(name) ?? 0)) return
    this.printed.set(name, step)
    console.log(line)
  }
}
