/**
 * The trials published with arXiv 2603.24647, as a csv file: method, model, seed, trial, source, outcome, val_bpb, peak_memory_gb and
 * the parameters of `autoresearch-14`. The file is no part of the repository.
 */
import { readFileSync } from 'node:fs'
import type { Params, Space } from '../search-spaces/index.js'

export type RecordedTrial = Readonly<Record<string, string>>

/** The trials that ended in a success or out of memory: by seed, then in their order. */
export function readRecordedTrials(file: string): RecordedTrial[] {
  return readRows(file)
    .filter(({ outcome }) => outcome === 'ok' || outcome === 'oom')
    .sort((a, b) => Number(a.seed) - Number(b.seed) || Number(a.trial) - Number(b.trial))
}

export function readRows(file: string): RecordedTrial[] {
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  const names = head!.trim().split(',')
  return lines.map((line) => {
    const cells = line.trim().split(',')
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]))
  })
}

export function recordedParams({ parameters }: Space, trial: RecordedTrial): Params {
  return Object.fromEntries(
    parameters.map(({ name, numeric }) => [name, numeric ? Number(trial[name]) : trial[name]!]),
  )
}
