/**
 * What the learned preflight would have spared two recorded searches: their trials in their order, each refused, or
 * else run and learned from. The table in docs/optimizers.md is its output.
 *
 *     npx tsx bench/preflight/replay.ts <trials.csv>
 *
 * recorded-trials.ts says what the file has.
 */
import { judge, learn, openPreflight, refuses } from '../../optimizers/feasibility/preflight.js'
import { readSpace, type Space, spaceNamed } from '../../search-spaces/index.js'
import { type RecordedTrial, readRecordedTrials, recordedParams } from '../recorded-trials.js'
import { markdown } from '../table.js'

const known = spaceNamed('autoresearch-14')!
const { memory: _, ...unlimited } = known.spec
const noLimit = readSpace(unlimited)
const knowledge = [
  { knows: 'limit and peaks', space: known, peaks: true },
  { knows: 'peaks', space: noLimit, peaks: true },
  { knows: 'outcomes alone', space: noLimit, peaks: false },
]

const trials = readRecordedTrials(process.argv[2]!)
const rows = ['random', 'tpe', 'cma-es'].flatMap((method) => {
  const its = trials.filter((trial) => trial.method === method)
  const runs = [...new Set(its.map(({ seed }) => seed))].map((seed) => its.filter((t) => t.seed === seed))
  return knowledge.map(({ knows, space, peaks }) => {
    const counts = runs.map((run) => replay(space, run, peaks))
    const sum = (of: (count: (typeof counts)[number]) => number) => counts.reduce((all, c) => all + of(c), 0)
    return [
      method,
      knows,
      `${sum(({ missed }) => missed)} of ${sum(({ failed }) => failed)}`,
      `${sum(({ alarms }) => alarms)} of ${sum(({ fitted }) => fitted)}`,
    ]
  })
})
console.log(
  markdown({
    title: 'The learned preflight on recorded searches',
    columns: ['search', 'the model knows', 'still ran out of memory', 'refused although it fits'],
    rows,
    notes: [],
  }),
)

function replay(space: Space, run: readonly RecordedTrial[], peaks: boolean) {
  let preflight = openPreflight(space, 'learned')
  const count = { failed: 0, missed: 0, fitted: 0, alarms: 0 }
  for (const [number, trial] of run.entries()) {
    const params = recordedParams(space, trial)
    const refused = refuses(judge(preflight, params))
    const oom = trial.outcome === 'oom'
    count[oom ? 'failed' : 'fitted']++
    if (oom && !refused) count.missed++
    if (refused && !oom) count.alarms++
    if (refused) continue
    const peakMemoryMb = 1024 * Number(trial.peak_memory_gb)
    preflight = learn(preflight, {
      number,
      params,
      result: oom ? { outcome: 'oom' } : { outcome: 'complete', value: 0 },
      ...(peaks && !oom && { peakMemoryMb }),
    })
  }
  return count
}
