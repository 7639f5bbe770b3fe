/** Appends an event to a study's log. The number of its last event is the study's version. */
import type { HeldStudy } from './held-study.js'
import type { TurnWrites } from './writes.js'

/** Everything that can happen in a study. A replay of the search reads `settled` and `believed`; people and dashboards read all. */
export const EVENT_KINDS = [
  'created',
  'warmed',
  'queued',
  'proposing',
  'called',
  'advised',
  'inquired',
  'believed',
  'unanswered',
  'leased',
  'requeued',
  'returned',
  'lost',
  'settled',
  'cancelled',
  'incumbent',
  'paused',
  'resumed',
  'finished',
  'changed',
  'noted',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

export function logEvent(
  study: HeldStudy,
  writes: TurnWrites,
  kind: EventKind,
  number: number | null,
  data: object = {},
): void {
  study.seq++
  writes.events.push({ seq: study.seq, kind, number, data })
}
