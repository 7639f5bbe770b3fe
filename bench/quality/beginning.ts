/** How a search begins: two versions of it that propose the same here are the same to the bench. */
import { openSearch, type Proposed, type SearchMethod } from '../../optimizers/search.js'
import { type Params, spaceNamed } from '../../search-spaces/index.js'
import { evaluate, landscape } from '../../trainer/landscape/index.js'
import { memoryLimitGb, spaceName } from './run.js'

const TRIALS = 96
const WORKERS = 3

/** The first proposals of seed 0, each behind two that still run. */
export function beginning(method: SearchMethod): readonly Params[] {
  const search = openSearch(spaceNamed(spaceName)!, method, 0)
  const proposals: Proposed[] = []
  const tell = (number: number) => {
    const { params, memo } = proposals[number]!
    const run = evaluate(landscape(), params, { seed: number, memoryLimitGb })
    const { outcome, peakMemoryMb } = run
    const result = outcome === 'complete' ? { outcome, value: run.valBpb } : { outcome }
    const told = {
      number,
      params,
      result,
      ...(memo !== undefined && { memo }),
      ...(peakMemoryMb && { peakMemoryMb }),
    }
    search.observe([told])
  }
  for (let number = 0; number < TRIALS; number++) {
    const pending = proposals.slice(Math.max(0, number - WORKERS + 1)).map(({ params }) => params)
    proposals.push(search.propose({ number, count: 1, pending })[0]!)
    if (number >= WORKERS - 1) tell(number - WORKERS + 1)
  }
  return proposals.map(({ params }) => params)
}
