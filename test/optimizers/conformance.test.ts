/** Every optimizer that a study can name, with its default options. Other options are for the optimizer's own test. */
import { optimizerKinds, optimizerNamed } from '../../optimizers/index.js'
import { conformance } from './conformance.js'

for (const { kind } of optimizerKinds()) conformance(optimizerNamed(kind)!)
