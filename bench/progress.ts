/** How far it is, and how long it will take: one line that renews itself, or one every ten seconds in a log. */
export interface Progress {
  step(label: string): void
  end(): void
}

const LOG_EVERY_MS = 10_000

export function openProgress(
  name: string,
  total: number,
  { stream = process.stderr, now = Date.now }: { stream?: NodeJS.WriteStream; now?: () => number } = {},
): Progress {
  const started = now()
  let done = 0
  let shown = started
  return {
    step(label) {
      done++
      const line = `${name}: ${done}/${total}, ${left(now() - started, done, total)} left, last: ${label}`
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${line}`)
      } else if (done === total || now() - shown >= LOG_EVERY_MS) {
        shown = now()
        stream.write(`${line}\n`)
      }
    },
    end() {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}

function left(elapsed: number, done: number, total: number): string {
  const seconds = Math.round(((elapsed / done) * (total - done)) / 1000)
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
