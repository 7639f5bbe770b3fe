/**
 * Every contrast with its evidence and its verdict. Declared contrasts are judged without those that were added.
 */
import { holm } from '../holm.js'
import { type Claim, type Estimate, type EValue, estimateOf, eValueOf } from './evidence.js'
import { type Contrast, type Grid, isFinished, pairsOf } from './grid.js'
import { judgeFamily, type Verdict } from './verdicts.js'

export interface ContrastRow extends Contrast, Estimate, Verdict {
  /** The seeds that both arms finished. */
  readonly n: number
  readonly eValue: number
  /** By its e-value, after Holm's correction of 1/e over the family: may be read after every seed, and stays. */
  readonly anytime: Claim | 'not shown'
  readonly added?: true
}

export function contrastRows(grid: Grid, levels: readonly number[]): ContrastRow[] {
  const { plan } = grid
  const late = new Set(plan.added?.arms)
  const isAdded = ({ arm, baseline }: Contrast) => late.has(arm) || late.has(baseline)
  const declared = rowsOf(
    grid,
    plan.contrasts.filter((contrast) => !isAdded(contrast)),
    levels,
  )
  if (!plan.contrasts.some(isAdded)) return declared
  // An added contrast is corrected over all of them; the declared ones keep the family that was declared.
  const all = rowsOf(grid, plan.contrasts, levels)
  let next = 0
  return plan.contrasts.map((contrast, i) =>
    isAdded(contrast) ? { ...all[i]!, added: true as const } : declared[next++]!,
  )
}

function rowsOf(grid: Grid, contrasts: readonly Contrast[], levels: readonly number[]): ContrastRow[] {
  const { plan } = grid
  const family = contrasts.map((contrast) => pairsOf(grid, contrast))
  const verdicts = judgeFamily(plan, family, levels)
  const eValues = family.map((pairs) => eValueOf(plan, pairs))
  const anytime = shownAnytime(eValues, plan.alpha)
  return contrasts.map(({ arm, baseline }, i) => {
    const finished = family[i]!.filter(isFinished)
    return {
      arm,
      baseline,
      n: finished.length,
      ...estimateOf(plan, finished),
      ...verdicts[i]!,
      eValue: eValues[i]!.now,
      anytime: anytime[i]!,
    }
  })
}

/**
 * By Ville's inequality 1/e, with the greatest e so far, is a p-value after every seed, and Holm's correction
 * applies.
 */
function shownAnytime(eValues: readonly EValue[], alpha: number): ContrastRow['anytime'][] {
  const adjusted = holm(eValues.map(({ greatest }) => 1 / greatest))
  return eValues.map(({ claim }, i) => (adjusted[i]! <= alpha ? claim : 'not shown'))
}
