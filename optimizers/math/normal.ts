/**
 * The normal distribution, whole and truncated, exact to double precision into both tails.
 *
 * Cody (1969), Rational Chebyshev approximations for the error function: Φ.
 * Wichura (1988), Algorithm AS 241 (PPND16): Φ⁻¹.
 */

const LOG_SQRT_2PI = 0.9189385332046728
const SQRT_2PI = 2.5066282746310007
/** Below this |x| the central series of Φ is used, above it the scaled tail: Cody's 0.46875 · √2. */
const CENTRAL = 0.46875 * Math.SQRT2

export function normalPdf(x: number): number {
  return expOfHalfSquare(x) / SQRT_2PI
}

export function normalLogPdf(x: number): number {
  return -0.5 * x * x - LOG_SQRT_2PI
}

/** Φ(x). */
export function normalCdf(x: number): number {
  if (Math.abs(x) <= CENTRAL) return 0.5 + halfErf(x)
  const tail = expOfHalfSquare(x) * scaledTail(Math.abs(x))
  return x < 0 ? tail : 1 - tail
}

/** log Φ(x), finite where Φ itself underflows. */
export function normalLogCdf(x: number): number {
  if (Math.abs(x) <= CENTRAL) return Math.log(0.5 + halfErf(x))
  if (x > 0) return Math.log1p(-normalCdf(-x))
  return x === -Infinity ? -Infinity : -0.5 * x * x + Math.log(scaledTail(-x))
}

/** Φ⁻¹(p). */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(A, r)) / polynomial(B, r)
  }
  const x = lowerTailQuantile(Math.log(q < 0 ? p : 1 - p))
  return q < 0 ? x : -x
}

/** The x with log Φ(x) = logP: a quantile for probabilities that underflow, or that round to one. */
export function normalQuantileOfLog(logP: number): number {
  if (!(logP <= 0)) return Number.NaN
  if (logP > -Math.LN2) {
    const upper = -Math.expm1(logP)
    return upper < 0.075 ? -lowerTailQuantile(Math.log(upper)) : normalQuantile(Math.exp(logP))
  }
  return logP > -2.5 ? normalQuantile(Math.exp(logP)) : lowerTailQuantile(logP)
}

/** log(Φ(b) − Φ(a)) for a ≤ b, to 14 digits: in either tail, and for intervals of any width. */
export function logNormalCdfDifference(a: number, b: number): number {
  if (a + b > 0) return logNormalCdfDifference(-b, -a)
  if (!(a < b)) return a === b ? -Infinity : Number.NaN
  const width = b - a
  if (width * Math.max(1, -a) < NARROW) return logOfNarrowMass(a, b)
  if (b > 0) return Math.log1p(-(normalCdf(a) + normalCdf(-b)))
  if (a > FAR) return Math.log(normalCdf(b) - normalCdf(a))
  const atB = normalLogCdf(b)
  return atB + Math.log1p(-Math.exp(normalLogCdf(a) - atB))
}

/** log of the density at x of a standard normal cut to [a, b]. */
export function truncatedNormalLogPdf(x: number, a: number, b: number): number {
  return x < a || x > b ? -Infinity : normalLogPdf(x) - logNormalCdfDifference(a, b)
}

/** The x in [a, b] below which a standard normal cut to [a, b] has mass q. */
export function truncatedNormalQuantile(q: number, a: number, b: number): number {
  if (!(q >= 0 && q <= 1 && a < b)) return Number.NaN
  if (q === 0) return a
  if (q === 1) return b
  const mass = logNormalCdfDifference(a, b)
  const start =
    a + b > 0
      ? -normalQuantileOfLog(Math.min(0, logSum(normalLogCdf(-b), Math.log1p(-q) + mass)))
      : normalQuantileOfLog(Math.min(0, logSum(normalLogCdf(a), Math.log(q) + mass)))
  return polishedQuantile(start, q, a, b, mass)
}

/** Newton on the log of the lighter side's mass, kept in a bracket: it restores what a sum of logs had cancelled. */
function polishedQuantile(start: number, q: number, a: number, b: number, mass: number): number {
  const lower = q < 0.5
  const target = mass + (lower ? Math.log(q) : Math.log1p(-q))
  let low = a
  let high = b
  let x = start > a && start < b ? start : 0.5 * (Math.max(a, -MAX_QUANTILE) + Math.min(b, MAX_QUANTILE))
  for (let i = 0; i < MAX_STEPS; i++) {
    const side = lower ? logNormalCdfDifference(a, x) : logNormalCdfDifference(x, b)
    const excess = lower ? side - target : target - side
    if (excess > 0) high = x
    else low = x
    let next = x - excess * Math.exp(side - normalLogPdf(x))
    if (!(next > low && next < high)) next = excess === 0 ? x : 0.5 * (low + high)
    if (Math.abs(next - x) <= 2 ** -52 * Math.abs(x)) return next
    x = next
  }
  return x
}

/** φ's Taylor series around the middle, integrated: exact where a difference of Φ would cancel. */
function logOfNarrowMass(a: number, b: number): number {
  const width = b - a
  const middle = a + 0.5 * width
  const [m2, h2] = [middle * middle, width * width]
  const second = (h2 / 24) * (m2 - 1)
  const fourth = ((h2 * h2) / 1920) * (m2 * m2 - 6 * m2 + 3)
  return normalLogPdf(middle) + Math.log(width) + Math.log1p(second + fourth)
}

/** erf(x/√2)/2 for |x| ≤ CENTRAL (Cody's first interval). */
function halfErf(x: number): number {
  const y = x * Math.SQRT1_2
  return (0.5 * y * polynomial(ERF_P, y * y)) / polynomial(ERF_Q, y * y)
}

/** exp(t²/2) · Φ(−t) for t ≥ CENTRAL (Cody's second and third intervals): a tail without its exponential. */
function scaledTail(t: number): number {
  const y = t * Math.SQRT1_2
  if (y <= 4) return (0.5 * polynomial(MIDDLE_P, y)) / polynomial(MIDDLE_Q, y)
  const r = 1 / (y * y)
  return (0.5 * (SQRT1_PI - (r * polynomial(FAR_P, r)) / polynomial(FAR_Q, r))) / y
}

/** exp(−x²/2) with x² split so that its rounding is not magnified (Cody's device). */
function expOfHalfSquare(x: number): number {
  if (Math.abs(x) < 4) return Math.exp(-0.5 * x * x)
  const rounded = Math.trunc(x * 16) / 16
  if (!Number.isFinite(rounded)) return 0
  return Math.exp(-0.5 * rounded * rounded) * Math.exp(-0.5 * (x - rounded) * (x + rounded))
}

/** Φ⁻¹(p) from log p, for p ≤ 0.075 that do not underflow. */
function lowerTailQuantile(logP: number): number {
  const r = Math.sqrt(-logP)
  if (r > 27) return farTailQuantile(logP)
  if (r <= 5) return -polynomial(C, r - 1.6) / polynomial(D, r - 1.6)
  return -polynomial(E, r - 5) / polynomial(F, r - 5)
}

/** Newton on log Φ from its leading term: quadratic, and nearly exact from the start so far out. */
function farTailQuantile(logP: number): number {
  if (logP === -Infinity) return -Infinity
  let x = -Math.sqrt(-2 * (logP + LOG_SQRT_2PI + 0.5 * Math.log(-2 * logP)))
  for (let i = 0; i < 4; i++) {
    const at = normalLogCdf(x)
    x -= (at - logP) * Math.exp(at - normalLogPdf(x))
  }
  return x
}

function logSum(a: number, b: number): number {
  const high = Math.max(a, b)
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}

/** Coefficients from the constant upwards. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!
  return sum
}

/** Further out than any double probability reaches. */
const MAX_QUANTILE = 40
const MAX_STEPS = 100
/**
 * Below this width, times the slope of log φ, a series is exact; above it a difference of Φ loses two digits at most.
 */
const NARROW = 0.02
/** Down to here Φ is a normal number. */
const FAR = -37
const SQRT1_PI = 0.5641895835477563

/** Cody's coefficients, by interval of erf's argument: to 0.46875, to 4, beyond. */
const ERF_P = [
  3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655, 0.18577770618460315,
]
const ERF_Q = [2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122, 1]
const MIDDLE_P = [
  1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001,
  66.11919063714163, 8.883149794388377, 0.5641884969886701, 2.1531153547440383e-8,
]
const MIDDLE_Q = [
  1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597, 1621.3895745666903,
  537.1811018620099, 117.6939508913125, 15.744926110709835, 1,
]
const FAR_P = [
  0.0006587491615298378, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445, 0.30532663496123236,
  0.016315387137302097,
]
const FAR_Q = [
  0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234673, 2.568520192289822, 1,
]

/** Wichura's coefficients: centre (A/B), p down to e⁻²⁵ (C/D), beyond (E/F). */
const A = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
]
const B = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
]
const C = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
]
const D = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]
const E = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
]
const F = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
]
