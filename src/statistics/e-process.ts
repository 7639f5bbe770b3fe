/**
 * Evidence that may be looked at after every seed: an e-process by betting on signs (Ramdas, Grünwald, Vovk &
 * Shafer 2023, Game-theoretic statistics and safe anytime-valid inference).
 *
 * Where two arms do not differ, a difference is as likely positive as negative, whatever its size and whatever came
 * before. So each factor exp(λ s a)/cosh(λ a), with the sign s and any a that depends on the earlier differences
 * and on the size of this one, has the mean 1, and their product is a martingale. By Ville's inequality it ever
 * reaches 1/α with probability α at most.
 */
import { median } from './describe.js'

/** The stakes λ. The process is the mean of what each of them has made of 1. */
const STAKES = [0.25, 0.5, 1, 2, 4]

/**
 * The value after each gain. A positive gain is in favour of the claim; gains come in the declared order of the
 * seeds.
 *
 * a is the gain's size over the median size of those before it. The first has none before it and counts as 1, its
 * size over itself. A gain of zero changes nothing and sets no scale. A loss of unknown size, −Infinity, counts as
 * 1.
 */
export function eProcess(gains: readonly number[]): number[] {
  const logs = STAKES.map(() => 0)
  const sizes: number[] = []
  return gains.map((gain) => {
    const size = Math.abs(gain)
    const scale = sizes.length > 0 && Number.isFinite(size) ? median(sizes) : size
    const a = gain === 0 ? 0 : Number.isFinite(size) ? size / scale : 1
    STAKES.forEach((stake, i) => {
      logs[i]! += stake * Math.sign(gain) * a - logCosh(stake * a)
    })
    if (gain !== 0 && Number.isFinite(size)) sizes.push(size)
    return Math.min(Number.MAX_VALUE, logs.reduce((total, log) => total + Math.exp(log), 0) / STAKES.length)
  })
}

/** Without the overflow of cosh. */
function logCosh(x: number): number {
  return x + Math.log1p(Math.exp(-2 * x)) - Math.LN2
}
