import { cmaes } from '../../../optimizers/cmaes/index.js'
import { conformance } from '../conformance.js'

conformance(cmaes, { other: { sigma: 0.3 } })
conformance(cmaes, {
  given: {
    sigma: 0.3,
    population: 5,
    bounds: 'resample',
    sampling: 'independent',
    margin: 'hamano-2022',
    restarts: 'ipop',
  },
  other: { population: 6 },
})
conformance(cmaes, { given: { learningRate: 'adaptive', mean: 'centre', restarts: 'none', sigma: 0.3 } })
