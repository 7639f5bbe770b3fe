import { optimizerKinds, optimizerNamed } from '../../optimizers/index.js'
import { conformance } from './conformance.js'

for (const { kind } of optimizerKinds()) conformance(optimizerNamed(kind)!)
