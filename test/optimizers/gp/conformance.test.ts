import { gp } from '../../../optimizers/gp/index.js'
import { conformance } from '../conformance.js'

conformance(gp, { given: { startup: 20, trustRegion: null }, other: { startup: 4 } })
