import { smac } from '../../../optimizers/forest/index.js'
import { conformance } from '../conformance.js'

conformance(smac, {
  given: { startup: 4, trees: 8, leaf: 1, columns: 0.5, interleave: 0.3 },
  other: { startup: 4, trees: 8 },
})
