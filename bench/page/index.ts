/** `page`: what it takes to look at a large study in Chromium, and to leave it open while trials end, beside optuna-dashboard. */
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { findChromium, lookAt } from './browser.js'
import { openDashboard } from './dashboard.js'
import { openOurs } from './ours.js'
import type { Look, MeasuredPage, PageFigures, PageSystem } from './system.js'
import { pageTable, reportTable } from './tables.js'

export const page: Subject = {
  name: 'page',
  about: 'the page over 50 000 trials in Chromium: first chart, heap, freezes; beside optuna-dashboard',
  measure,
}

const ROWS = [
  { id: 'chiron', label: 'Chiron' },
  { id: 'optuna-dashboard', label: 'optuna-dashboard' },
] as const
type Id = (typeof ROWS)[number]['id']

/** A study of an ordinary size, beside the large one. */
const FEW = 300
const FULL: Look = { trials: 50_000, seconds: 30, perSecond: 50 }
const QUICK: Look = { trials: 1000, seconds: 12, perSecond: 50 }

async function measure(bench: Bench): Promise<Measurement> {
  const chosen = chosenFrom(ROWS, bench.methods)
  const usual = bench.quick ? QUICK : FULL
  const looks = (bench.histories ?? [FEW, usual.trials]).map((trials) => ({ ...usual, trials }))
  const browser = findChromium()
  if (browser === undefined) return nothing(chosen.map(({ label }) => label))
  const rows: MeasuredPage[] = []
  const missing: { row: string; because: string }[] = []
  for (const look of looks)
    for (const { id, label } of chosen) {
      bench.say(`page: ${label}, ${look.trials} trials`)
      try {
        rows.push({ id, label, ...look, ...(await measureOne(browser, id, bench, look)) })
      } catch (error) {
        missing.push({ row: `${label}, ${look.trials} trials`, because: (error as Error).message })
      }
    }
  const { versions } = chosen.some(({ id }) => id !== 'chiron') ? await bench.peers() : { versions: {} }
  return { tables: [pageTable(rows), reportTable(rows)], pictures: {}, versions, missing, rows, raw: rows }
}

async function measureOne(browser: string, id: Id, bench: Bench, look: Look): Promise<PageFigures> {
  const system = await openSystem(id, bench, look.trials)
  try {
    return await lookAt(browser, system, look)
  } finally {
    await system.stop()
  }
}

async function openSystem(id: Id, bench: Bench, trials: number): Promise<PageSystem> {
  if (id === 'chiron') return openOurs(trials)
  const environment = await bench.peers()
  const because = environment.lacks('optuna-dashboard') ?? environment.lacks('optuna')
  if (because !== undefined) throw new Error(because)
  return openDashboard(environment.python!, trials)
}

function nothing(labels: readonly string[]): Measurement {
  const because = 'there is no chromium: install it, or set CHIRON_TEST_CHROMIUM'
  return {
    tables: [],
    pictures: {},
    versions: {},
    missing: labels.map((row) => ({ row, because })),
    rows: [],
    raw: [],
  }
}
