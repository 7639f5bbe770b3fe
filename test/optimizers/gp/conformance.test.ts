import { gp } from '../../../optimizers/gp/index.js'
import { conformance } from '../conformance.js'

conformance(gp, { given: { startup: 3 }, other: { startup: 4 } })
