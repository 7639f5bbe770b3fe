/**
 * Turns the first Ctrl-C into an abort signal, so that a command can end in order. A second Ctrl-C ends the process.
 */
export interface Interrupt {
  readonly signal: AbortSignal
  /** Restores the default handling of Ctrl-C. */
  release(): void
}

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.once('SIGINT', abort).once('SIGTERM', abort)
  return {
    signal: controller.signal,
    release: () => void process.off('SIGINT', abort).off('SIGTERM', abort),
  }
}

/** The exit status of a process that Ctrl-C ended. */
export const INTERRUPTED = 130
