/** The tables of `service`. */
import type { Table } from '../subject.js'
import type { Pace } from './pace.js'
import { type Loaded, type Quantiles, quantiles, type Summary } from './summary.js'
import type { BesideSlow, HeldMemory, Load } from './system.js'

export function pairsTable(summaries: readonly Summary[], { loads, rounds }: Pace): Table {
  return {
    title: 'service: ask+tell pairs per second',
    columns: ['storage', ...loads.map(loadName)],
    rows: summaries.map((summary) => [
      summary.label,
      ...cells(summary, loads, ({ pairsPerSecond }) => significant(pairsPerSecond)),
    ]),
    notes: [
      `Random search on autoresearch-14, so that nothing is timed but the storage. ${roundsOf(rounds)} of ` +
        `${loads[0]!.seconds} s, all systems in turn, after a second to warm up. Workers, servers and Postgres share the machine.`,
    ],
  }
}

export function loadTable(summaries: readonly Summary[], { loads }: Pace): Table {
  return {
    title: 'service: milliseconds of an ask and of a tell under that load, median / 99th percentile',
    columns: ['storage', '', ...loads.map(loadName)],
    rows: summaries.flatMap((summary) => [
      [summary.label, 'ask', ...cells(summary, loads, ({ askMs }) => both(askMs))],
      [summary.label, 'tell', ...cells(summary, loads, ({ tellMs }) => both(tellMs))],
    ]),
    notes: [],
  }
}

export function historyTable(summaries: readonly Summary[]): Table {
  return {
    title: 'service: one worker behind a long history',
    columns: [
      'storage',
      'trials',
      'ask, ms',
      'tell, ms',
      'first pair of a new worker, ms',
      'page of 100, ms',
      'summary, ms',
      'memory, MB',
    ],
    rows: summaries.flatMap(({ label, histories }) =>
      histories.map(({ trials, askMs, tellMs, firstMs, memoryMb, readsMs }) => [
        label,
        String(trials),
        both(askMs),
        both(tellMs),
        significant(firstMs),
        readsMs ? both(readsMs.page) : '–',
        readsMs ? both(readsMs.summary) : '–',
        String(memoryMb),
      ]),
    ),
    notes: [
      'Median / 99th percentile of up to 200 pairs in 30 s. The history is made in bulk: by imports over HTTP for ours, by SQL ' +
        'for Optuna; then Postgres is vacuumed and analysed. Memory is that of the process that holds the history: our ' +
        'server, Optuna’s proxy, or with RDB storage each single worker.',
    ],
  }
}

export function besideSlowTable(measured: readonly BesideSlow[], { slow }: Pace): Table {
  const shown = (milliseconds: readonly number[]) => both(quantiles(milliseconds))
  return {
    title: 'service: milliseconds of other calls beside a slow search, median / 99th percentile',
    columns: ['searches', 'database', 'ask', 'heartbeat', '/healthz', 'trials of the slow study per second'],
    rows: measured.map(({ label, database, ask, heartbeat, health, trialsPerSecond }) => [
      label,
      database,
      shown(ask),
      shown(heartbeat),
      shown(health),
      significant(trialsPerSecond),
    ]),
    notes: [
      `One gp study with ${slow.observations} observations is asked for ${slow.count} trials at a time by ${slow.workers} workers ` +
        `without a pause, for ${slow.seconds} s; the other calls go to another study of the same server. The first rows compute ` +
        'searches as the service did before it had worker threads (CHIRON_SEARCH_THREADS=0).',
    ],
  }
}

export function heldTable(measured: readonly HeldMemory[], { held }: Pace): Table {
  return {
    title: 'service: memory of held studies, MB',
    columns: [
      'CHIRON_HELD_MB',
      'most studies held',
      'most counted',
      'resident at the start',
      'most resident',
    ],
    rows: measured.map(({ limitMb, studies, heldMb, startMb, residentMb }) => [
      String(limitMb),
      String(studies),
      significant(heldMb),
      String(startMb),
      String(residentMb),
    ]),
    notes: [
      `A service on Postgres is used for ${held.studies} gp studies with ${held.observations} observations each, every one of ` +
        `them asked once, and then for one study of ${held.trials} trials. Counted is what the service itself takes held ` +
        'studies for (chiron_held_bytes); resident is the memory of its process, with V8 and what waits for its collection.',
    ],
  }
}

export function loadName({ workers, studies }: Load): string {
  if (studies > 1) return `${workers} workers, ${studies} studies`
  return workers === 1 ? '1 worker' : `${workers} workers`
}

function cells(summary: Summary, loads: readonly Load[], show: (loaded: Loaded) => string): string[] {
  return loads.map(({ workers, studies }) => {
    const loaded = summary.loads.find((each) => each.workers === workers && each.studies === studies)
    return loaded ? show(loaded) : '–'
  })
}

function roundsOf(rounds: number): string {
  return rounds === 1 ? 'One round' : `The median of ${rounds} rounds`
}

function both({ p50, p99 }: Quantiles): string {
  return `${significant(p50)} / ${significant(p99)}`
}

/** Three digits, and whole numbers whole. */
function significant(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
