/** The state of the cards at one moment: memory, processes, temperature, clocks, errors of their memory. */
import { MIB_PER_GIB } from './gpus.js'
import { numberIn, queryNvidiaSmi, type SmiAnswer } from './nvidia-smi.js'

export interface Card {
  readonly index: string
  readonly uuid: string
  /** Its address on the PCI bus, as the kernel log names it too. */
  readonly bus: string
  readonly name: string
  readonly driver: string
  readonly memoryGib: number
  readonly usedGib: number
  /** In °C. This and what follows is absent where the card does not tell. */
  readonly temperature?: number
  /** In MHz. */
  readonly smClock?: number
  /** The bits of what slows its clocks down: throttling.ts. */
  readonly slowedBy?: number
  /** Uncorrectable errors of its memory since its last reset. */
  readonly uncorrectedErrors?: number
}

export interface CardProcess {
  readonly uuid: string
  readonly pid: number
  readonly name: string
  readonly gib: number
}

export type CardReading =
  | { readonly is: 'read'; readonly cards: readonly Card[]; readonly processes: readonly CardProcess[] }
  | { readonly is: 'failed'; readonly why: string }

const FIELDS = 'index,uuid,pci.bus_id,name,driver_version,memory.total,memory.used,temperature.gpu,clocks.sm'
const ECC = 'ecc.errors.uncorrected.volatile.total'
/** Drivers have renamed this field, and refuse a query with a name that they do not know. */
const SLOWED_BY = ['clocks_throttle_reasons.active', 'clocks_event_reasons.active']

export async function readCards(): Promise<CardReading> {
  let answer: SmiAnswer = { is: 'failed', why: '' }
  for (const slowedBy of SLOWED_BY) {
    answer = await queryNvidiaSmi(`--query-gpu=${FIELDS},${slowedBy},${ECC}`)
    if (answer.is === 'rows' || !answer.why.includes('not a valid field')) break
  }
  if (answer.is === 'failed') return answer
  return { is: 'read', cards: answer.rows.flatMap(cardOf), processes: await readProcesses() }
}

/** A row without a memory is that of a card which has been lost. */
function cardOf([index, uuid, bus, name, driver, total, used, ...more]: readonly string[]): Card[] {
  const [memory, taken] = [numberIn(total), numberIn(used)]
  if (memory === undefined || taken === undefined) return []
  const [temperature, smClock, slowedBy, uncorrectedErrors] = more.map(numberIn)
  return [
    {
      index: index!,
      uuid: uuid!,
      bus: bus!,
      name: name!,
      driver: driver!,
      memoryGib: memory / MIB_PER_GIB,
      usedGib: taken / MIB_PER_GIB,
      ...(temperature !== undefined && { temperature }),
      ...(smClock !== undefined && { smClock }),
      ...(slowedBy !== undefined && { slowedBy }),
      ...(uncorrectedErrors !== undefined && { uncorrectedErrors }),
    },
  ]
}

/** In a container nvidia-smi may name no process. */
async function readProcesses(): Promise<CardProcess[]> {
  const answer = await queryNvidiaSmi('--query-compute-apps=gpu_uuid,pid,used_memory,process_name')
  if (answer.is === 'failed') return []
  return answer.rows.map(([uuid, pid, mib, name = '']) => ({
    uuid: uuid!,
    pid: Number(pid),
    name,
    gib: (numberIn(mib) ?? 0) / MIB_PER_GIB,
  }))
}
