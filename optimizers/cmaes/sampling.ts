/**
 * One draw from the search distribution: x ~ N(m, σ²ACA) on the axes, a choice for every category.
 *
 * Hansen (2016), The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772: equations (38)–(40).
 * Brockhoff, Auger, Hansen, Arnold & Hohm (2010), Mirrored Sampling and Sequential Selection for Evolution Strategies,
 * PPSN: every other point is the mirror image of the one before.
 */
import { type Rng, stream } from '../rng.js'
import { drawChoices } from './categorical.js'
import type { Axis, Genotype } from './domain.js'
import { type Vector, zeros } from './eigen.js'
import type { Margin } from './margin.js'
import type { Run } from './run.js'
import type { Distribution } from './update.js'

/** A point outside the bounds is drawn again, up to this factor times n. */
const REDRAWS = 10

const PAIRS = 0x9a195

/** The draws for one trial, one after the other: the first may be half of a mirrored pair, the others are its own. */
export function drawsOf(
  { distribution, margin, choices }: Run,
  axes: readonly Axis[],
  { seed, number, mirrored }: { seed: number; number: number; mirrored: boolean },
): () => Genotype {
  const rng = stream(seed, number)
  let first = mirrored ? mirroredNormals(axes.length, seed, number) : undefined
  return () => {
    const x = distribution ? drawAxes(distribution, margin, axes, rng, first) : []
    first = undefined
    return { x, c: drawChoices(choices, rng) }
  }
}

/** Trials 2i and 2i + 1 share their normals, up to the sign. */
function mirroredNormals(n: number, seed: number, number: number): Vector {
  return normals(n, stream(seed, Math.floor(number / 2), PAIRS), number % 2 === 0 ? 1 : -1)
}

function drawAxes(
  d: Distribution,
  margin: Margin,
  axes: readonly Axis[],
  rng: Rng,
  first: Vector | undefined,
): number[] {
  const n = axes.length
  const x = zeros(n)
  if (placed(x, d, margin, axes, first ?? normals(n, rng, 1))) return x
  for (let redraw = 1; redraw < REDRAWS * n; redraw++) {
    if (placed(x, d, margin, axes, normals(n, rng, 1))) return x
  }
  placed(x, d, margin, unbounded(n), normals(n, rng, 1))
  return x.map((value, i) => Math.min(Math.max(value, axes[i]!.low), axes[i]!.high))
}

/** z ~ N(0, I) (38) to x ~ N(m, σ²ACA) (40), up to the first axis on which that lies outside: then false. */
function placed(x: number[], d: Distribution, { A }: Margin, axes: readonly Axis[], z: Vector): boolean {
  const { B, D } = d.eigen
  const n = x.length
  for (let i = 0; i < n; i++) {
    let y = 0
    for (let j = 0; j < n; j++) y += B[i * n + j]! * D[j]! * z[j]! // (39)
    x[i] = d.mean[i]! + d.sigma * A[i]! * y
    if (x[i]! < axes[i]!.low || x[i]! > axes[i]!.high) return false
  }
  return true
}

function unbounded(n: number): readonly Axis[] {
  return new Array(n).fill({ low: -Infinity, high: Infinity })
}

function normals(n: number, rng: Rng, sign: 1 | -1): Vector {
  const z = zeros(n)
  for (let i = 0; i < n; i++) z[i] = sign * rng.normal()
  return z
}
