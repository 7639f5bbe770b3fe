/** The tables of `guarantees`. */
import type { Stopped } from '../service/server.js'
import type { Table } from '../subject.js'
import type { DurableAnswers } from './durable-answers.js'
import type { HeldRequest } from './held-heartbeats.js'
import type { DatabaseName, GuaranteePace } from './pace.js'

export function durableTable(durable: readonly DurableAnswers[], { rounds, seconds }: GuaranteePace): Table {
  return {
    title: 'guarantees: what durable answers cost on PGlite',
    columns: [
      'workers',
      'CHIRON_FSYNC',
      'pairs/s',
      'of the rounds',
      'ask p50 / p99, ms',
      'tell p50 / p99, ms',
    ],
    rows: durable.map(({ workers, fsync, pairsPerSecond, low, high, ask, tell }) => [
      String(workers),
      fsync,
      short(pairsPerSecond),
      `${short(low)} to ${short(high)}`,
      `${short(ask.p50)} / ${short(ask.p99)}`,
      `${short(tell.p50)} / ${short(tell.p99)}`,
    ]),
    notes: [
      `One study, random search; the median of ${rounds} rounds of ${seconds} s each, in which the two take turns. How long a ` +
        'sync takes depends on the disk, so measure on yours.',
    ],
  }
}

export interface Held {
  readonly database: DatabaseName
  readonly requests: readonly HeldRequest[]
}

export function heldTable(held: readonly Held[], { history, repeats }: GuaranteePace): Table {
  const labels = held[0]?.requests.map(({ label }) => label) ?? []
  const of = ({ requests }: Held, label: string) => requests.find((each) => each.label === label)!
  return {
    title: 'guarantees: what one request holds up, ms',
    columns: [
      'request',
      'kB',
      ...held.flatMap(({ database }) => [
        `${database}: status`,
        'own time',
        'heartbeat',
        'turn',
        'longest turn',
      ]),
    ],
    rows: labels.map((label) => [
      label,
      String(of(held[0]!, label).kilobytes),
      ...held.flatMap((each) => {
        const { status, ownMs, heartbeatMs, turnMs, longestTurnMs } = of(each, label)
        return [String(status), ...[ownMs, heartbeatMs, turnMs, longestTurnMs].map(short)]
      }),
    ]),
    notes: [
      `Each request is sent ${repeats} times while another study sends heartbeats all the time: medians of its own time, of the ` +
        'longest heartbeat meanwhile, and of the longest turn of the event loop, in processor time, of the thread that answers ' +
        'requests (on PGlite also of the thread of the database); and the longest turn of all. Times by the clock depend on what ' +
        `else the machine does, processor time does not. The studies have up to ${history} trials.`,
    ],
  }
}

export function stopTable(
  stops: readonly ({ readonly database: DatabaseName } & Stopped)[],
  { slowBodies, eventStreams }: GuaranteePace,
): Table {
  return {
    title: 'guarantees: from SIGTERM to the end',
    columns: ['database', 'seconds', 'exit code'],
    rows: stops.map(({ database, seconds, code }) => [database, short(seconds), String(code)]),
    notes: [
      `With ${slowBodies} bodies that never arrive, ${eventStreams} event streams, and 64 asks in flight.`,
    ],
  }
}

function short(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
