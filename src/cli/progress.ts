/** Progress lines of several studies: redrawn in place on a terminal, printed from time to time elsewhere. */
import { progressBar, Screen } from './terminal-screen.js'

/** Without a terminal, a line is printed each time another such share is done. */
const SHARE = 0.25

export class Progress {
  private readonly screen = new Screen()
  private readonly lines = new Map<string, string>()
  private readonly printed = new Map<string, number>()

  show(name: string, share: number, figures: readonly string[]): void {
    const line = `${name.padEnd(8)} ${progressBar(share)} ${figures.join('  ')}`
    this.lines.set(name, line)
    if (this.screen.live) this.screen.draw([...this.lines.values()])
    else this.print(name, share, line)
  }

  done(name: string, why: string): void {
    if (!this.screen.live) console.log(`${name.padEnd(8)} ${why}`)
  }

  end(): void {
    this.screen.draw([...this.lines.values()], true)
  }

  private print(name: string, share: number, line: string): void {
    const step = Math.floor(share / SHARE)
    if (step <= (this.printed.get(name) ?? 0)) return
    this.printed.set(name, step)
    console.log(line)
  }
}
