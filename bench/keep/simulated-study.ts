/**
 * A simulated study of edits whose true effects are known. Each edit changes the kept program; a rule says from noisy
 * runs whether it stays. The run of a program with a seed has one value, however often it is read.
 */
import { stream } from '../../optimizers/rng.js'

export interface Edit {
  /** How much lower the true value becomes; negative where it becomes worse. */
  readonly gain: number
}

/** What a rule may ask: the value of the kept or of the edited program with a seed. Each new one is a run. */
export interface Runs {
  kept(seed: number): number
  edited(seed: number): number
}

/** A rule with what it remembers of one study. */
export interface Judge {
  keeps(runs: Runs): boolean
}

export interface StudyResult {
  readonly edits: number
  readonly runs: number
  readonly keeps: number
  /** Kept, and truly no better. */
  readonly falseKeeps: number
  readonly worseEdits: number
  /** Truly better by at least one standard deviation of the noise: how many there were, and how many were not kept. */
  readonly gains: number
  readonly missedGains: number
  /** How much lower the true value is at the end. */
  readonly progress: number
  /** The same by the values that the study saw: the lowest of any kept program. */
  readonly claimed: number
}

export interface Scene {
  readonly noise: number
  /** The study ends when this many runs are spent. */
  readonly budget: number
  readonly seed: number
}

/** Of edits: so many improve, change nothing, or harm, by exponential amounts of these means. */
export const EDITS = { better: 0.15, neutral: 0.2, meanGain: 0.0015, meanLoss: 0.006 }

export function drawEdit(seed: number, number: number): Edit {
  const rng = stream(seed, number, 0xed17)
  const kind = rng.uniform()
  const amount = -Math.log(1 - rng.uniform())
  if (kind < EDITS.better) return { gain: amount * EDITS.meanGain }
  return { gain: kind < EDITS.better + EDITS.neutral ? 0 : -amount * EDITS.meanLoss }
}

export function runStudy(judge: Judge, { noise, budget, seed }: Scene): StudyResult {
  let kept = { number: 0, truth: 0, values: new Map<number, number>() }
  let runs = 0
  const counts = { keeps: 0, falseKeeps: 0, worseEdits: 0, gains: 0, missedGains: 0 }
  const read = (program: typeof kept, index: number) => {
    const known = program.values.get(index)
    if (known !== undefined) return known
    const value = program.truth + noise * stream(seed, program.number, index, 0x401e).normal()
    program.values.set(index, value)
    runs++
    return value
  }
  let claimed = read(kept, 0)
  const first = claimed
  let number = 0
  while (runs < budget) {
    number++
    const { gain } = drawEdit(seed, number)
    const edited = { number, truth: kept.truth - gain, values: new Map<number, number>() }
    const before = kept
    const keeps = judge.keeps({
      kept: (index) => read(before, index),
      edited: (index) => read(edited, index),
    })
    const large = gain >= noise
    if (gain <= 0) counts.worseEdits++
    if (large) counts.gains++
    if (large && !keeps) counts.missedGains++
    if (!keeps) continue
    counts.keeps++
    if (gain <= 0) counts.falseKeeps++
    kept = edited
    claimed = Math.min(claimed, read(edited, 0))
  }
  return { edits: number, runs, ...counts, progress: -kept.truth, claimed: first - claimed }
}
