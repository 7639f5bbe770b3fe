/** Reads what the runs of a program say about it. */
import type { AgentLedger, KnownProgram } from './ledger-types.js'

export function programOf(ledger: AgentLedger, hash: string): KnownProgram {
  const program = ledger.programs.find((one) => one.hash === hash)
  if (program === undefined) throw new Error(`the ledger has no program ${hash}`)
  return program
}

/** The program that a new one is compared with: the last kept one. */
export function keptProgram(ledger: AgentLedger): KnownProgram | null {
  const last = ledger.kept.at(-1)
  return last === undefined ? null : programOf(ledger, last)
}

/** The first complete value of each seed. A seed that runs again has the same noise, so it counts once. */
export function valuesBySeed({ runs }: KnownProgram): ReadonlyMap<number, number> {
  const values = new Map<number, number>()
  for (const { seed, outcome, value } of runs)
    if (outcome === 'complete' && value !== null && !values.has(seed)) values.set(seed, value)
  return values
}

/** The mean over seeds; null of a program without a complete run. */
export function meanValue(program: KnownProgram): number | null {
  const values = [...valuesBySeed(program).values()]
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length
}
