/**
 * Which parameters matter, by a Gaussian process that is fitted to trials of any optimizer.
 *
 *   total    Sobol's total index of each parameter: the share of the spread of the objective over the whole space that is
 *            left while all other parameters are held. Interactions count for each of their parameters, so that the
 *            indices may sum to more than 1.
 *   local    how far the objective moves while one parameter goes through its range and the others stay at the
 *            recommendation; shares that sum to 1 (Biedenkapp et al. 2018, CAVE, §3.3: local parameter importance).
 *   r2       how well such a model predicts trials that it has not seen (leave-one-out.ts). Below SHOWN_FROM nothing is said.
 *
 * All three are of the warped objective, which the model has learned (surrogate/warp.ts): near the best it is the objective
 * itself, far from it its logarithm. A few trials that nearly diverged would otherwise be all of the spread.
 *
 * Reading order: fitted.ts, leave-one-out.ts, total.ts, local.ts, surface.ts.
 */

export { choose } from './choose.js'
export { type Expectation, expectationsOf } from './expectation.js'
export { type FittedTrials, fitTrials, type ObservedTrial } from './fitted.js'
export { type Importances, importancesOf, recommendedTrial, SHOWN_FROM } from './importances.js'
export { localShares } from './local.js'
export { type Axis, type Surface, surfaceOf } from './surface.js'
export { totalIndices } from './total.js'
