/** The trials that a model of so many learns from: the best, and the others evenly over the time in which they ran. */

/** Of too many trials this share are the best ones, so that the neighbourhood of the optimum is known well. */
const BEST_SHARE = 0.3

/** Places of values (smaller is better; null of a failed trial), in their order. */
export function choose(values: readonly (number | null)[], most: number): number[] {
  const usable = [...values.keys()].filter((i) => values[i] !== null)
  if (usable.length <= most) return usable
  const ranked = [...usable].sort((a, b) => values[a]! - values[b]! || a - b)
  const best = new Set(ranked.slice(0, Math.round(BEST_SHARE * most)))
  const others = usable.filter((i) => !best.has(i))
  const wanted = most - best.size
  const spread = Array.from(
    { length: wanted },
    (_, k) => others[Math.floor(((k + 0.5) * others.length) / wanted)]!,
  )
  return [...best, ...spread].sort((a, b) => a - b)
}
