/** The regularized incomplete beta function, by the continued fraction 8.17.22 of the NIST DLMF. */

/**
 * I_x(a, b), where y is 1 − x. The caller gives both, because one of them may be too small to be had from the other.
 */
export function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  // The fraction converges fast below about the mean of the distribution; above it, that of 8.17.4 does.
  return x > (a + 1) / (a + b + 2) ? 1 - byFraction(y, x, b, a) : byFraction(x, y, a, b)
}

function byFraction(x: number, y: number, a: number, b: number): number {
  const factor = Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta(a, b)) / a
  return factor / continuedFraction(x, a, b)
}

export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

/** Stirling's series (DLMF 5.11.1) from 15 on; below, the recurrence Γ(x + 1) = x Γ(x). */
export function logGamma(x: number): number {
  let shift = 0
  let z = x
  for (; z < 15; z++) shift += Math.log(z)
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * z * z)) / (z * z)) / (z * z)) / z
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift
}

/** 1 + d₁/(1 + d₂/(1 + …)) from its front, by the modified algorithm of Lentz (1976). */
function continuedFraction(x: number, a: number, b: number): number {
  let [value, c, d] = [1, 1, 0]
  for (let n = 1; n <= MOST_TERMS; n++) {
    const term = termOf(n, x, a, b)
    d = 1 / nonZero(1 + term * d)
    c = nonZero(1 + term / c)
    value *= c * d
    if (Math.abs(c * d - 1) < 2 ** -52) break
  }
  return value
}

/** d_n of 8.17.23. */
function termOf(n: number, x: number, a: number, b: number): number {
  const m = Math.floor(n / 2)
  if (n % 2 === 0) return (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
  return (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
}

function nonZero(value: number): number {
  return value === 0 ? Number.MIN_VALUE / Number.EPSILON : value
}

const MOST_TERMS = 10_000
