/** A failed run counts against its program only if it fails again as it is: the machine may have been the reason. */
import type { KnownProgram, ProgramRun } from './ledger-types.js'

/** Outcomes that a machine can cause. Memory, divergence and a refused result come back, so they count at once. */
const MAYBE_MACHINE: readonly ProgramRun['outcome'][] = ['crashed', 'timeout', 'lost']

export type SeedState = 'none' | 'complete' | 'again' | 'failed'

/** What the runs of one seed amount to. */
export function seedState({ runs }: KnownProgram, seed: number): SeedState {
  const own = runs.filter((run) => run.seed === seed && run.outcome !== 'pruned')
  if (own.some(({ outcome }) => outcome === 'complete')) return 'complete'
  if (own.length === 0) return 'none'
  return own.length === 1 && MAYBE_MACHINE.includes(own[0]!.outcome) ? 'again' : 'failed'
}

type CrashVerdict =
  | { readonly is: 'crashed'; readonly because: string }
  | {
      readonly is: 'undecided'
      readonly run: { readonly hash: string; readonly seed: number }
      readonly because: string
    }

/** Null of a program whose seeds have all completed so far. */
export function crashVerdict(program: KnownProgram): CrashVerdict | null {
  const { hash, runs } = program
  for (const seed of new Set(runs.map((run) => run.seed))) {
    const state = seedState(program, seed)
    const outcome = runs.findLast((run) => run.seed === seed)!.outcome
    if (state === 'failed') return { is: 'crashed', because: `${outcome} with seed ${seed}` }
    if (state === 'again')
      return { is: 'undecided', run: { hash, seed }, because: `${outcome} once: it runs again as it is` }
  }
  return null
}
