/**
 * One draw from the search distribution: x ~ N(m, σ²ACA) on the axes, a choice for every category.
 *
 * Hansen (2016), The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772: equations (38)–(40).
 */
import type { Rng } from '../rng.js'
import { type Categorical, drawChoices } from './categorical.js'
import type { Axis, Genotype } from './domain.js'
import { stretch } from './eigen.js'
import type { Margin } from './margin.js'
import type { Distribution } from './update.js'

/** As long as any is outside its bounds all are drawn again, up to this often times n; then it is put on the bound. */
const REDRAWS = 10

export function draw(
  d: Distribution | undefined,
  margin: Margin,
  choices: Categorical,
  axes: readonly Axis[],
  rng: Rng,
): Genotype {
  return { x: d ? drawAxes(d, margin, axes, rng) : [], c: drawChoices(choices, rng) }
}

function drawAxes(d: Distribution, { A }: Margin, axes: readonly Axis[], rng: Rng): number[] {
  let x: number[] = []
  for (let redraw = 0; redraw <= REDRAWS * axes.length; redraw++) {
    const z = axes.map(() => rng.normal()) // (38)
    const y = stretch(d.eigen, z) // (39)
    x = axes.map((_, i) => d.mean[i] + d.sigma * A[i] * y[i]) // (40)
    if (axes.every((axis, i) => isInside(axis, x[i]))) return x
  }
  return x.map((value, i) =>
    isInside(axes[i], value) ? value : Math.min(Math.max(value, axes[i].low), axes[i].high),
  )
}

function isInside({ low, high, cells }: Axis, x: number): boolean {
  return cells !== undefined || (x >= low && x <= high)
}
