/** Runs that lie among the committed results: --resume takes from there what nothing has changed since. */
import { existsSync, readFileSync } from 'node:fs'
import { fromRoot } from '../../src/root.js'
import { fingerprintOf } from '../cache.js'
import { cacheKey } from './key.js'
import type { Run, Score } from './run.js'

const committed = ['bench/results/quality.json', 'bench/results/parallel/quality.json'].map(fromRoot)

interface PublishedGroup {
  readonly key: string
  /** By seed, from 0. */
  readonly scores: readonly Score[]
}

export function openPublished(files: readonly string[] = committed): (run: Run) => Score | undefined {
  const groups = files.filter((file) => existsSync(file)).flatMap(groupsIn)
  // The same group may be in several files, with more seeds in one of them.
  const byLength = groups.sort((a, b) => a.scores.length - b.scores.length)
  const scores = new Map(byLength.map(({ key, scores }) => [key, scores]))
  return (run) => scores.get(groupKey(run))?.[run.seed]
}

/** Of the runs that differ by their seed alone. */
export function groupKey(run: Run): string {
  return fingerprintOf(JSON.stringify(cacheKey({ ...run, seed: 0 })))
}

function groupsIn(file: string): PublishedGroup[] {
  return JSON.parse(readFileSync(file, 'utf8')).raw
}
