/** `service`: ask+tell pairs per second, and what a long history costs, beside Optuna's storages on the same Postgres. */
import { fingerprint, openCache } from '../cache.js'
import { openProgress } from '../progress.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { besideSlow } from './beside-slow.js'
import { findPostgres } from './database.js'
import { heldMemory } from './held-memory.js'
import { type Pace, pace, quickPace } from './pace.js'
import { behindHistory, type Missing, type Part, underLoad } from './parts.js'
import { historyPicture, pairsPicture } from './pictures.js'
import { type Ground, type Row, rows } from './rows.js'
import { type Measured, rateOf, summarise } from './summary.js'
import type { BesideSlow, HeldMemory } from './system.js'
import { besideSlowTable, heldTable, historyTable, loadTable, pairsTable } from './tables.js'

export const service: Subject = {
  name: 'service',
  about:
    'pairs per second and latency over HTTP, beside Optuna’s RDB storage and gRPC proxy on the same Postgres',
  measure,
}

async function measure(bench: Bench): Promise<Measurement> {
  const usual = bench.quick ? quickPace : pace
  const own = {
    ...usual,
    rounds: bench.seeds ?? usual.rounds,
    histories: bench.histories ?? usual.histories,
  }
  const postgres = await findPostgres()
  const chosen = chosenFrom(rows, bench.methods)
  const { parts, missing } = await measureParts(chosen, { postgres, peers: bench.peers }, own, bench.resume)
  const measured = measuredOf(chosen, parts, own)
  const slow = await measureBesideSlow(chosen, postgres, own, bench.resume)
  const held = await measureHeld(chosen, postgres, own, bench.resume)
  const summaries = measured.map(summarise)
  const there = summaries.length > 0
  return {
    tables: [
      ...(there ? [pairsTable(summaries, own), loadTable(summaries, own), historyTable(summaries)] : []),
      ...(slow.measured.length > 0 ? [besideSlowTable(slow.measured, own)] : []),
      ...(held.measured.length > 0 ? [heldTable(held.measured, own)] : []),
    ],
    pictures: there
      ? { 'service-pairs': pairsPicture(summaries, own), 'service-history': historyPicture(summaries, own) }
      : {},
    versions: {
      ...('version' in postgres && { postgres: postgres.version }),
      ...(measured.some(({ row }) => !row.ours) && (await bench.peers()).versions),
    },
    missing: [...missing, ...slow.missing, ...held.missing],
    rows: summaries,
    raw: {
      rounds: measured.map(({ row, loads }) => ({
        id: row.id,
        rounds: loads.map(({ load, rounds }) => ({ ...load, pairsPerSecond: rounds.map(rateOf) })),
      })),
      besideSlow: slow.measured,
      heldMemory: held.measured,
    },
  }
}

/** What is measured by itself, and kept by itself: rounds of all systems under load, then each behind a long history. */
async function measureParts(chosen: readonly Row[], ground: Ground, pace: Pace, resume: boolean) {
  const cache = openCache(resume)
  const code = fingerprint(sources)
  const progress = openProgress(
    'service',
    chosen.length * (pace.rounds * pace.loads.length + pace.histories.length),
  )
  const parts: Part[] = []
  const kept = async (key: object, measure: () => Promise<Part>) => {
    const whole = { subject: 'service', ...key, code }
    const part = cache.get<Part>(whole) ?? (await measure())
    if (part.missing.length === 0) cache.put(whole, part)
    parts.push(part)
  }
  const { rounds, loads, histories, stay } = pace
  for (let round = 0; round < rounds; round++) {
    const key = { round, loads, ids: chosen.map(({ id }) => id) }
    await kept(key, () => underLoad(chosen, ground, loads, progress))
  }
  for (const row of chosen) {
    await kept({ id: row.id, histories, stay }, () => behindHistory(row, ground, pace, progress))
  }
  progress.end()
  return { parts, missing: unique(parts.flatMap(({ missing }) => missing)) }
}

/** Ours alone: no peer computes a search in its server. */
function measureBesideSlow(
  chosen: readonly Row[],
  postgres: Ground['postgres'],
  { slow }: Pace,
  resume: boolean,
): Promise<Found<BesideSlow>> {
  return measureOwn(chosen, { besideSlow: slow }, resume, 4, (step) => besideSlow(postgres, slow, step))
}

function measureHeld(
  chosen: readonly Row[],
  postgres: Ground['postgres'],
  { held }: Pace,
  resume: boolean,
): Promise<Found<HeldMemory>> {
  const steps = held.limitsMb.length
  return measureOwn(chosen, { heldMemory: held }, resume, steps, (step) => heldMemory(postgres, held, step))
}

interface Found<T> {
  readonly measured: readonly T[]
  readonly missing: readonly Missing[]
}

/** What only our service is measured for; kept like the other parts. */
async function measureOwn<T>(
  chosen: readonly Row[],
  key: object,
  resume: boolean,
  steps: number,
  measure: (onStep: (label: string) => void) => Promise<Found<T>>,
): Promise<Found<T>> {
  if (!chosen.some(({ ours }) => ours)) return { measured: [], missing: [] }
  const cache = openCache(resume)
  const whole = { subject: 'service', ...key, code: fingerprint(sources) }
  const known = cache.get<Found<T>>(whole)
  if (known) return known
  const progress = openProgress('service', steps)
  const found = await measure((label) => progress.step(label))
  progress.end()
  if (found.missing.length === 0) cache.put(whole, found)
  return found
}

const sources = [
  ...['client', 'optuna', 'ours', 'server', 'beside-slow', 'held-memory'].map(
    (file) => `bench/service/${file}.ts`,
  ),
  ...['bench/peers/storage.py', 'src', 'optimizers', 'search-spaces', 'migrations'],
]

function measuredOf(chosen: readonly Row[], parts: readonly Part[], { loads, histories }: Pace): Measured[] {
  const found = (id: string) => parts.flatMap(({ cells }) => cells.filter((cell) => cell.id === id))
  const measured = chosen.map((row) => {
    const cells = found(row.id)
    return {
      row,
      loads: loads.flatMap((load, i) => {
        const rounds = cells.flatMap((cell) => ('load' in cell && cell.load === i ? [cell.pairs] : []))
        return rounds.length > 0 ? [{ load, rounds }] : []
      }),
      histories: histories.flatMap((trials) =>
        cells.flatMap((cell) =>
          'trials' in cell && cell.trials === trials ? [{ trials, behind: cell.behind }] : [],
        ),
      ),
    }
  })
  return measured.filter(({ loads, histories }) => loads.length + histories.length > 0)
}

function unique(missing: readonly Missing[]): Missing[] {
  const key = ({ row, because }: Missing) => `${row}: ${because}`
  return [...new Map(missing.map((one) => [key(one), one])).values()]
}
