/** The two measurements of `service`. What a system cannot do is said, and the rest still measured. */
import type { Progress } from '../progress.js'
import type { Measurement } from '../subject.js'
import type { Pace } from './pace.js'
import type { Ground, Row } from './rows.js'
import type { Behind, Load, Pairs, System } from './system.js'
import { loadName } from './tables.js'

export interface Part {
  readonly cells: readonly Cell[]
  readonly missing: readonly Missing[]
}

/** What one system showed at one time: under the pace's load of that place, or behind so many trials. */
export type Cell = { readonly id: string } & (
  | { readonly load: number; readonly pairs: Pairs }
  | { readonly trials: number; readonly behind: Behind }
)

export type Missing = Measurement['missing'][number]

/** One round: all systems run and have their turns, so that a busy minute of the machine is not one system's alone. */
export async function underLoad(
  chosen: readonly Row[],
  ground: Ground,
  loads: readonly Load[],
  progress: Progress,
): Promise<Part> {
  const part = openPart()
  const systems: { readonly row: Row; readonly system: System }[] = []
  try {
    for (const row of chosen) {
      await part.attempt(row, '', async () => void systems.push({ row, system: await row.open(ground) }))
    }
    for (const [i, load] of loads.entries()) {
      for (const { row, system } of systems) {
        await part.attempt(row, loadName(load), async () => {
          part.cells.push({ id: row.id, load: i, pairs: await system.load(load) })
        })
        progress.step(`${row.label}, ${loadName(load)}`)
      }
    }
  } finally {
    await Promise.all(systems.map(({ system }) => system.stop()))
  }
  return part
}

export async function behindHistory(
  row: Row,
  ground: Ground,
  { histories, stay }: Pace,
  progress: Progress,
): Promise<Part> {
  const part = openPart()
  await part.attempt(row, '', async () => {
    const system = await row.open(ground)
    try {
      for (const trials of histories) {
        await part.attempt(row, `${trials} trials`, async () => {
          await system.fill(trials)
          part.cells.push({ id: row.id, trials, behind: await system.behind(stay) })
        })
        progress.step(`${row.label}, ${trials} trials`)
      }
    } finally {
      await system.stop()
    }
  })
  return part
}

function openPart() {
  const cells: Cell[] = []
  const faults = new Map<string, string>()
  return {
    cells,
    get missing(): Missing[] {
      return [...faults].map(([row, because]) => ({ row, because }))
    },
    async attempt(row: Row, what: string, run: () => Promise<void>): Promise<void> {
      const name = [row.label, what].filter(Boolean).join(', ')
      await run().catch((error: Error) => void faults.set(name, error.message))
    },
  }
}
