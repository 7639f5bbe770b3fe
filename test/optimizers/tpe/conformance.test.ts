import { tpe } from '../../../optimizers/tpe/index.js'
import { conformance } from '../conformance.js'

conformance(tpe)
conformance(tpe, {
  given: { multivariate: false, startup: 3, gamma: { rule: 'sqrt' }, weights: 'recency' },
  other: { multivariate: true },
})
conformance(tpe, { given: { bandwidth: { rule: 'scott' }, categoricalBandwidth: 0.2, priorWeight: 0 } })
