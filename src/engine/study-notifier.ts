/** Wakes what waits in this process for a study to change. Changes by other servers are found by looking again. */
export class StudyNotifier {
  private readonly waiting = new Map<string | null, Set<() => void>>()
  closed = false

  notify(studyId: string): void {
    this.wake(studyId)
    this.wake(null)
  }

  /** Resolves when the study (null: any study) changes, when the time is over, or when the service closes. */
  wait(studyId: string | null, milliseconds: number): Promise<void> {
    if (this.closed) return Promise.resolve()
    const waiting = this.waiting.get(studyId) ?? new Set()
    this.waiting.set(studyId, waiting)
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        waiting.delete(wake)
        if (waiting.size === 0) this.waiting.delete(studyId)
        resolve()
      }
      const timer = setTimeout(wake, milliseconds)
      waiting.add(wake)
    })
  }

  close(): void {
    this.closed = true
    for (const studyId of [...this.waiting.keys()]) this.wake(studyId)
  }

  private wake(studyId: string | null): void {
    for (const wake of [...(this.waiting.get(studyId) ?? [])]) wake()
  }
}
