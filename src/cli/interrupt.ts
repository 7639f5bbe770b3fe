/** Ctrl-C, once: who follows something puts it in order and ends. A second one ends the process where it stands. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** It is the process's again. */
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

/** What a shell takes for "ended by Ctrl-C". */
export const INTERRUPTED = 130
