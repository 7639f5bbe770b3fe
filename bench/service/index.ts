/** `service`: ask+tell pairs per second, and what a long history costs, beside Optuna's storages on the same Postgres. */
import { openProgress, type Progress } from '../progress.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { findPostgres } from './database.js'
import { type Pace, pace, quickPace } from './pace.js'
import { historyPicture, pairsPicture } from './pictures.js'
import { type Ground, type Row, rows } from './rows.js'
import { type Measured, rateOf, summarise } from './summary.js'
import type { Behind, Pairs, System } from './system.js'
import { historyTable, loadName, loadTable, pairsTable } from './tables.js'

export const service: Subject = {
  name: 'service',
  about:
    'pairs per second and latency over HTTP, beside Optuna’s RDB storage and gRPC proxy on the same Postgres',
  measure,
}

async function measure(bench: Bench): Promise<Measurement> {
  const own = bench.quick ? quickPace : pace
  const postgres = await findPostgres()
  const { measured, missing } = await measureAll(
    chosenFrom(rows, bench.methods),
    { postgres, peers: bench.peers },
    own,
  )
  const summaries = measured.map(summarise)
  const there = summaries.length > 0
  return {
    tables: there ? [pairsTable(summaries, own), loadTable(summaries, own), historyTable(summaries)] : [],
    pictures: there
      ? { 'service-pairs': pairsPicture(summaries, own), 'service-history': historyPicture(summaries, own) }
      : {},
    versions: {
      ...('version' in postgres && { postgres: postgres.version }),
      ...(measured.some(({ row }) => !row.ours) && (await bench.peers()).versions),
    },
    missing,
    rows: summaries,
    raw: measured.map(({ row, loads }) => ({
      id: row.id,
      rounds: loads.map(({ load, rounds }) => ({ ...load, pairsPerSecond: rounds.map(rateOf) })),
    })),
  }
}

type Missing = Measurement['missing'][number]

/** A system that runs, and what it has shown so far. */
interface Candidate {
  readonly row: Row
  readonly system: System
  readonly rounds: Pairs[][]
  readonly histories: { readonly trials: number; readonly behind: Behind }[]
  /** By what it could not do. It is not tried again. */
  readonly faults: Map<string, string>
}

async function measureAll(chosen: readonly Row[], ground: Ground, pace: Pace) {
  const { loads, rounds, histories, stay } = pace
  const { candidates, missing } = await openAll(chosen, ground, pace)
  const progress = openProgress('service', candidates.length * (rounds * loads.length + histories.length))
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [i, load] of loads.entries()) {
        await inTurn(candidates, progress, loadName(load), async ({ system, rounds }) => {
          rounds[i]!.push(await system.load(load))
        })
      }
    }
    for (const trials of histories) {
      await inTurn(candidates, progress, `${trials} trials`, async ({ system, histories }) => {
        await system.fill(trials)
        histories.push({ trials, behind: await system.behind(stay) })
      })
    }
  } finally {
    progress.end()
    await Promise.all(candidates.map(({ system }) => system.stop()))
  }
  return {
    measured: candidates.map((each) => measuredOf(each, pace)).filter(({ loads }) => loads.length > 0),
    missing: [...missing, ...candidates.flatMap(faultsOf)],
  }
}

function measuredOf({ row, rounds, histories }: Candidate, { loads }: Pace): Measured {
  const measured = loads.map((load, i) => ({ load, rounds: rounds[i]! }))
  return { row, loads: measured.filter(({ rounds }) => rounds.length > 0), histories }
}

function faultsOf({ row, faults }: Candidate): Missing[] {
  return [...faults].map(([what, because]) => ({ row: `${row.label}, ${what}`, because }))
}

async function openAll(chosen: readonly Row[], ground: Ground, { loads }: Pace) {
  const candidates: Candidate[] = []
  const missing: Missing[] = []
  for (const row of chosen) {
    try {
      candidates.push({
        row,
        system: await row.open(ground),
        rounds: loads.map(() => []),
        histories: [],
        faults: new Map(),
      })
    } catch (error) {
      missing.push({ row: row.label, because: (error as Error).message })
    }
  }
  return { candidates, missing }
}

/** One after the other, since they share the machine. */
async function inTurn(
  candidates: readonly Candidate[],
  progress: Progress,
  what: string,
  run: (candidate: Candidate) => Promise<void>,
): Promise<void> {
  for (const candidate of candidates.filter(({ faults }) => !faults.has(what))) {
    await run(candidate).catch((error: Error) => candidate.faults.set(what, error.message))
    progress.step(`${candidate.row.label}, ${what}`)
  }
}
