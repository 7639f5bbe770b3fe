/** Prints the digest of a scripted study: the conformance suite runs it in a process of its own. */
import { optimizerNamed } from '../../optimizers/index.js'
import { readSpace } from '../../search-spaces/index.js'
import { studyDigest } from './scripted-study.js'

const { kind, options, spec, seed, turns } = JSON.parse(process.argv[2]!)
const optimizer = optimizerNamed(kind)
if (!optimizer) throw new Error(`${kind} is not in optimizers/index.ts`)
process.stdout.write(studyDigest(optimizer, readSpace(spec), optimizer.options(options), seed, turns))
