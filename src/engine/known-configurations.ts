/**
 * Which configurations a study has: those of its trials that were decided and not cancelled, by configuration key. A turn
 * and the replay of the log keep them by the same two moves, so a duplicate is judged alike before and after a restart.
 */
export class KnownConfigurations {
  private readonly first = new Map<string, number>()
  /** The later trials of a configuration that several have. Few configurations have any. */
  private readonly later = new Map<string, Set<number>>()

  /** The first trial that has this configuration. */
  get(key: string): number | undefined {
    return this.first.get(key)
  }

  has(key: string): boolean {
    return this.first.has(key)
  }

  add(key: string, number: number): void {
    const first = this.first.get(key)
    if (first === number) return
    if (first === undefined || number < first) this.first.set(key, number)
    if (first === undefined) return
    const later = this.later.get(key) ?? new Set()
    this.later.set(key, later.add(Math.max(first, number)))
  }

  /** Does nothing where the trial was never added: one that is still proposing has no configuration yet. */
  remove(key: string, number: number): void {
    const later = this.later.get(key)
    if (later?.delete(number) || this.first.get(key) !== number) return
    const [next] = [...(later ?? [])].sort((a, b) => a - b)
    if (next === undefined) this.first.delete(key)
    else this.first.set(key, next)
    if (next !== undefined) later!.delete(next)
  }

  /** The first trial of each configuration, by key. */
  firsts(): ReadonlyMap<string, number> {
    return this.first
  }
}
