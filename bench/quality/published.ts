/** Runs that lie among the committed results: --resume takes from there what nothing has changed since. */
import { existsSync, readFileSync } from 'node:fs'
import { fromRoot } from '../../src/root.js'
import { fingerprintOf } from '../cache.js'
import { cacheKey } from './key.js'
import type { Run, Score } from './run.js'

const committed = ['bench/results/quality.json', 'bench/results/parallel/quality.json'].map(fromRoot)

interface PublishedGroup<Score> {
  readonly key: string
  /** By seed, from 0. */
  readonly scores: readonly Score[]
}

export function openPublished(files: readonly string[] = committed): (run: Run) => Score | undefined {
  const scores = scoresIn<Score>(files)
  return (run) => scores.get(groupKey(run))?.[run.seed]
}

/** The scores of each group by its key: of files that hold the same one the most seeds. */
export function scoresIn<Score>(files: readonly string[]): ReadonlyMap<string, readonly Score[]> {
  const groups = files.filter((file) => existsSync(file)).flatMap((file) => groupsIn<Score>(file))
  const byLength = groups.sort((a, b) => a.scores.length - b.scores.length)
  return new Map(byLength.map(({ key, scores }) => [key, scores]))
}

/** Of the runs that differ by their seed alone. */
export function groupKey(run: Run): string {
  return fingerprintOf(JSON.stringify(cacheKey({ ...run, seed: 0 })))
}

function groupsIn<Score>(file: string): PublishedGroup<Score>[] {
  return JSON.parse(readFileSync(file, 'utf8')).raw
}
