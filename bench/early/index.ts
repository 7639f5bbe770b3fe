/**
 * `early`: compares a peer that is too slow for many whole days in the first hours of one. The results of the other methods are
 * read from the published runs of `quality`, which is valid because only SMAC knows in advance how long its day is.
 */
import { fromRoot } from '../../src/root.js'
import { mean, standardDeviation } from '../../src/statistics/describe.js'
import { fingerprintOf, openCache } from '../cache.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import { cacheKey } from '../quality/key.js'
import { type Method, methods, type PeerMethod } from '../quality/methods.js'
import { openPublished, scoresIn } from '../quality/published.js'
import type { Score } from '../quality/run.js'
import { compare, type Group } from '../quality/summary.js'
import { comparisonTable } from '../quality/tables.js'
import { type Bench, chosenFrom, type Measurement, type Subject, type Table } from '../subject.js'
import { type Found, HOURS, type Run } from './run.js'

export const early: Subject = {
  name: 'early',
  about: `Ax in the first ${HOURS} of the 24 hours of quality, beside what its other rows had found by then`,
  measure,
}

/** Minutes a run, for every one of them. */
const slow = ['ax']
const SEEDS = 16
const PUBLISHED = 32

interface Row {
  readonly method: Method
  readonly found: readonly Found[]
}

async function measure(bench: Bench): Promise<Measurement> {
  const peers = methods.filter((method): method is PeerMethod => method.by === 'peer')
  const chosen = chosenFrom(peers, bench.methods ?? (bench.quick ? [] : slow))
  const environment = chosen.length > 0 ? await bench.peers() : undefined
  const missing = chosen.flatMap((method) => {
    const because = environment!.lacks(method.package)
    return because ? [{ row: method.label, because }] : []
  })
  const able = chosen.filter(({ label }) => missing.every(({ row }) => row !== label))
  const seeds = Array.from({ length: bench.seeds ?? SEEDS }, (_, seed) => seed)
  const runs = seeds.flatMap((seed) => able.map((method) => ({ method, seed, python: environment!.python! })))
  const { rows: measured, faults } = await runAll(runs, bench)
  const rows = [...publishedRows(able), ...measured]
  const family = compare(rows.map(groupOf), 'best')
  return {
    tables: [rowsTable(rows), ...(family.length > 0 ? [{ ...comparisonTable(family, methods), title }] : [])],
    pictures: {},
    versions: environment?.versions ?? {},
    missing: [...missing, ...faults],
    rows: [...rows.map(({ method, found }) => ({ id: method.id, ...spread(found) })), ...family],
    raw: measured.map(({ method, found }) => ({ id: method.id, key: keyOf(method), scores: found })),
  }
}

const title = `early: ours less theirs by the best observed after ${HOURS} hours`

async function runAll(runs: readonly Run[], { resume, processes }: Bench) {
  const cache = openCache(resume)
  const published = scoresIn<Found>(resume ? [fromRoot('bench/results/early.json')] : [])
  const known = new Map<Run, Found>()
  const faults = new Map<string, string>()
  for (const run of runs) {
    const found = cache.get<Found>(cachedAs(run)) ?? published.get(keyOf(run.method))?.[run.seed]
    if (found) known.set(run, found)
  }
  const open = runs.filter((run) => !known.has(run))
  const progress = openProgress('early', open.length)
  await pool<Run, Found>(workerBeside(import.meta.url), open, processes, (run, answer) => {
    progress.step(`${run.method.id}, seed ${run.seed}`)
    if ('fault' in answer) {
      faults.set(run.method.label, `seed ${run.seed}: ${answer.fault}`)
    } else {
      known.set(run, answer.done)
      cache.put(cachedAs(run), answer.done)
    }
  })
  progress.end()
  const measured = [...new Set(runs.map(({ method }) => method))]
  const rows = measured.flatMap((method): Row[] => {
    const own = runs.filter((run) => run.method === method)
    const failed = own.findIndex((run) => !known.has(run))
    const whole = failed === -1 ? own : own.slice(0, failed)
    return whole.length === 0 ? [] : [{ method, found: whole.map((run) => known.get(run)!) }]
  })
  return { rows, faults: [...faults].map(([row, because]) => ({ row, because })) }
}

/** Raised whenever run.ts measures something else. */
const PROTOCOL = 1

/** By what a run is kept: that of `quality`, and what there is of it here. */
function keyOf(method: Method): string {
  const quality = cacheKey({ method, seed: 0, workers: 1 })
  return fingerprintOf(JSON.stringify({ ...quality, hours: HOURS, protocol: PROTOCOL }))
}

function cachedAs({ method, seed }: Run): object {
  return { subject: 'early', seed, key: keyOf(method) }
}

/** What the published runs of everybody else had found by then, where nothing has changed since. */
function publishedRows(measured: readonly Method[]): Row[] {
  const published = openPublished()
  return methods.flatMap((method): Row[] => {
    if (measured.includes(method as PeerMethod)) return []
    const found: Found[] = []
    for (let seed = 0; seed < PUBLISHED; seed++) {
      const by = byThen(published({ method, seed, workers: 1 }))
      if (by === undefined) break
      found.push(by)
    }
    return found.length === 0 ? [] : [{ method, found }]
  })
}

function byThen(score: Score | undefined): Found | undefined {
  const last = score?.incumbents.findLast(([hours]) => hours <= HOURS)
  return last && { best: last[1], truth: last[2] }
}

function groupOf({ method, found }: Row): Group {
  return { method, workers: 1, scores: found.map((one) => one as Score) }
}

function spread(found: readonly Found[]) {
  const [best, worth] = [found.map(({ best }) => best), found.map(({ truth }) => truth)]
  return { seeds: found.length, best: mean(best), sd: standardDeviation(best), truth: mean(worth) }
}

function rowsTable(rows: readonly Row[]): Table {
  return {
    title: `early: the first ${HOURS} simulated H200 hours, one worker`,
    columns: ['method', 'seeds', 'best observed val_bpb', 'without noise'],
    rows: rows
      .map(({ method, found }) => ({ label: method.label, ...spread(found) }))
      .sort((a, b) => a.best - b.best)
      .map(({ label, seeds, best, sd, truth }) => [
        label,
        String(seeds),
        `${best.toFixed(4)} ± ${sd.toFixed(4)}`,
        truth.toFixed(4),
      ]),
    notes: [
      'Mean ± standard deviation over seeds. What was measured here has run for so long; the others’ is what their ' +
        'published runs of 24 hours (`quality`) had found by then.',
    ],
  }
}
