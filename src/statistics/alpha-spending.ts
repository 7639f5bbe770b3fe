/**
 * How much of α each planned look at the data may spend (Lan & DeMets 1983, Discrete sequential boundaries for
 * clinical trials).
 */

/**
 * The share of α that may be spent by a look is the cube of the share of seeds that it has (the power family of Kim
 * & DeMets 1987): little at first, half at the last. Returned is what each look adds. A test at these levels keeps
 * α by the union bound alone, whatever the distribution and however the looks depend on one another.
 */
export function spendAlpha(alpha: number, looks: readonly number[]): number[] {
  const spentBy = looks.map((seeds) => alpha * (seeds / looks.at(-1)!) ** POWER)
  return spentBy.map((spent, i) => spent - (spentBy[i - 1] ?? 0))
}

const POWER = 3

/**
 * A look at which no p can be small enough spends nothing, and what it had goes to the next one. `least` has for
 * each look the least p that could be declared there, after the correction for several contrasts.
 */
export function passOnUnusable(levels: readonly number[], least: readonly number[]): number[] {
  let saved = 0
  return levels.map((own, i) => {
    const level = own + saved
    const usable = least[i]! <= level
    saved = usable ? 0 : level
    return usable ? level : 0
  })
}
