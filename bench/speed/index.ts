/** `speed`: what an ask and a tell cost behind a history of so many trials, beside Optuna and cmaes. */
import type { Peers } from '../peers/environment.js'
import { openProgress, type Progress } from '../progress.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { type Past, pastTrials } from './history.js'
import { behindMade, behindOwn, warmUp } from './ours.js'
import { type Blocks, type Pace, pace, quickPace } from './pace.js'
import { timePeer, timePeerPoints } from './peers.js'
import { askPicture } from './pictures.js'
import { type PointsTask, timePoints } from './points.js'
import { type Row, rows } from './rows.js'
import { summarise, summarisePoints } from './summary.js'
import { askTable, pointsTable, tellTable } from './tables.js'

export const speed: Subject = {
  name: 'speed',
  about: 'ask and tell times behind 100 to 20 000 trials, beside Optuna; a point of CMA-ES, beside cmaes',
  measure,
}

/** The same for every row. */
interface Setting {
  readonly lengths: readonly number[]
  readonly pace: Pace
  readonly past: readonly Past[]
  readonly points: PointsTask
  readonly peers: Peers
}

async function measure(bench: Bench): Promise<Measurement> {
  const chosen = chosenFrom(rows, bench.methods)
  const setting = await settingOf(bench)
  const progress = openProgress('speed', chosen.length + 2)
  const histories = await inTurn(chosen, (row) => timeRow(row, setting), progress)
  const points = await inTurn(libraries, ({ time }) => time(setting), progress)
  progress.end()
  const timed = histories.done.map(({ row, result }) => summarise(row, result))
  const perPoint = points.done.map(({ row, result }) => summarisePoints(row.label, result))
  return {
    tables: [
      askTable(timed, setting.lengths),
      tellTable(timed, setting.lengths),
      pointsTable(perPoint, setting.points),
    ],
    pictures: { 'speed-ask': askPicture(timed, setting.lengths) },
    versions: setting.peers.versions,
    missing: [...histories.missing, ...points.missing],
    rows: [...timed, ...perPoint],
    raw: {
      histories: histories.done.map(({ row, result }) => ({ id: row.id, blocks: result })),
      points: points.done.map(({ row, result }) => ({ label: row.label, seconds: result })),
    },
  }
}

async function settingOf({ quick, peers }: Bench): Promise<Setting> {
  const lengths = quick ? [100, 300, 1000] : [100, 300, 1000, 5000, 20_000]
  return {
    lengths,
    pace: quick ? quickPace : pace,
    past: pastTrials(lengths.at(-1)!),
    points: { dimensions: 13, generations: 100, repeats: quick ? 3 : 7 },
    peers: await peers(),
  }
}

const libraries = [
  { label: 'Chiron cma-es', time: async ({ points, pace }: Setting) => timePoints(points, pace) },
  {
    label: 'cmaes CMA',
    time: ({ points, peers }: Setting) => timePeerPoints(pythonWith('cmaes', peers), points),
  },
]

async function timeRow(row: Row, { lengths, pace, past, peers }: Setting): Promise<readonly Blocks[]> {
  if (row.by === 'peer') {
    return timePeer(pythonWith('optuna', peers), { method: row.id, own: row.own, lengths }, past, pace)
  }
  warmUp(row.search, past, pace)
  if (row.own) return behindOwn(row.search, past, lengths, pace)
  return lengths.map((length) => behindMade(row.search, past, length, pace))
}

function pythonWith(name: string, peers: Peers): string {
  const because = peers.lacks(name)
  if (because) throw new Error(because)
  return peers.python!
}

/** One after the other, since they are timed. One that fails is named, and the next has its turn. */
async function inTurn<Timed extends { readonly label: string }, Result>(
  rows: readonly Timed[],
  time: (row: Timed) => Promise<Result>,
  progress: Progress,
) {
  const done: { readonly row: Timed; readonly result: Result }[] = []
  const missing: { readonly row: string; readonly because: string }[] = []
  for (const row of rows) {
    try {
      done.push({ row, result: await time(row) })
    } catch (error) {
      missing.push({ row: row.label, because: (error as Error).message })
    }
    progress.step(row.label)
  }
  return { done, missing }
}
