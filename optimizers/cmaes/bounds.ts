/**
 * A smooth map from ℝ onto [0, 1], for parameters whose best value may lie on a bound.
 *
 * It is the identity inside, quadratic near a bound, and mirrored beyond it, so a minimum on the bound becomes an
 * ordinary minimum. This is the default of pycma (BoundTransform). Most libraries draw a point again that lies
 * outside, which lets σ grow without limit there: docs/cma-es.md has the figures.
 */

/** Width of the quadratic piece, to either side of a bound. */
const A = 0.1
const LOW = -A
const HIGH = 1 + A

export function toUnit(gene: number): number {
  const g = folded(gene)
  if (g < A) return (g - LOW) ** 2 / (4 * A)
  if (g > 1 - A) return 1 - (HIGH - g) ** 2 / (4 * A)
  return g
}

/** The gene in [LOW, HIGH] that `toUnit` maps to `unit`. */
export function toGene(unit: number): number {
  if (unit < A) return LOW + 2 * Math.sqrt(A * unit)
  if (unit > 1 - A) return HIGH - 2 * Math.sqrt(A * (1 - unit))
  return unit
}

/** Mirrored at LOW and HIGH until it lies between them. */
export function folded(gene: number): number {
  const width = HIGH - LOW
  const phase = (((gene - LOW) % (2 * width)) + 2 * width) % (2 * width)
  return LOW + (phase > width ? 2 * width - phase : phase)
}

/** Clipped to where `toUnit` ascends. */
export function withinFold(gene: number): number {
  return Math.min(HIGH, Math.max(LOW, gene))
}
