/**
 * The strategy parameters of CMA-ES.
 *
 * Hansen (2016, revised 2023), The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772: Table 1, equations (48)–(58).
 */

export interface Constants {
  readonly n: number
  readonly lambda: number
  readonly mu: number
  /** λ weights, best rank first: the first μ are positive and sum to 1, the rest are not. */
  readonly weights: readonly number[]
  readonly muEff: number
  readonly cM: number
  readonly cSigma: number
  readonly dSigma: number
  readonly cC: number
  readonly c1: number
  readonly cMu: number
  /** E‖N(0,I)‖. */
  readonly chiN: number
  /** An eigendecomposition is O(n³): so many generations share one (tutorial, B.2). */
  readonly eigenInterval: number
}

export function defaultPopulation(dimensions: number): number {
  return 4 + Math.floor(3 * Math.log(dimensions)) // (48)
}

/** `rankMuOffset` is the ¼ of (58): the tutorial's first version, and the library `cmaes`, have 0 there. */
export function constantsFor(n: number, lambda: number, rankMuOffset = 0.25): Constants {
  const mu = Math.floor(lambda / 2)
  const raw = Array.from({ length: lambda }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1)) // (49)
  const muEff = effectiveSize(raw.slice(0, mu))
  const c1 = 2 / ((n + 1.3) ** 2 + muEff) // (57)
  const cMu = Math.min(
    1 - c1 - 1e-8, // strictly below, for large populations
    (2 * (rankMuOffset + muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + muEff), // (58)
  )
  const cSigma = (muEff + 2) / (n + muEff + 5) // (55)
  return {
    n,
    lambda,
    mu,
    weights: finalWeights(raw, negativeSum(n, muEff, effectiveSize(raw.slice(mu)), c1, cMu)),
    muEff,
    cM: 1, // (54)
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma, // (55)
    cC: (4 + muEff / n) / (n + 4 + (2 * muEff) / n), // (56)
    c1,
    cMu,
    chiN: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
    eigenInterval: Math.max(1, Math.floor(1 / (10 * n * (c1 + cMu)))),
  }
}

/** μ_eff of weights of one sign (Table 1). */
export function effectiveSize(weights: readonly number[]): number {
  const sum = weights.reduce((a, w) => a + w, 0)
  return sum ** 2 / weights.reduce((a, w) => a + w * w, 0)
}

/** How much the negative weights may sum to, in absolute value. */
function negativeSum(n: number, muEff: number, muEffMinus: number, c1: number, cMu: number): number {
  return Math.min(
    1 + c1 / cMu, // (50): the decay and the negative update cancel
    1 + (2 * muEffMinus) / (muEff + 2), // (51)
    (1 - c1 - cMu) / (n * cMu), // (52): C stays positive definite
  )
}

function finalWeights(raw: readonly number[], alpha: number): number[] {
  const positive = raw.reduce((sum, w) => sum + Math.max(0, w), 0)
  const negative = raw.reduce((sum, w) => sum + Math.max(0, -w), 0)
  return raw.map((w) => (w >= 0 ? w / positive : (alpha * w) / negative)) // (53)
}
