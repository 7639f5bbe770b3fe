/**
 * The statement that stores turns: a guard for each study, and of the other parts those that have something to store. So there
 * are few combinations, each prepared once, whatever the number of studies and trials.
 */
import type { PlayedTurn } from '../writes.js'
import { addIncumbents } from './add-incumbents.js'
import { appendEvents } from './append-events.js'
import { closeInquiries } from './close-inquiries.js'
import { continueDialogues } from './continue-dialogues.js'
import { createAttempts } from './create-attempts.js'
import { createTrials } from './create-trials.js'
import { decideTrials } from './decide-trials.js'
import { endAttempts } from './end-attempts.js'
import { endTrials } from './end-trials.js'
import { guard } from './guard.js'
import { leaseTrials } from './lease-trials.js'
import { openInquiries } from './open-inquiries.js'
import { recordCalls } from './record-calls.js'
import { renewLeases } from './renew-leases.js'
import type { StatementPart } from './statement-part.js'
import { storePrograms } from './store-programs.js'

const PARTS: readonly StatementPart[] = [
  createTrials,
  decideTrials,
  continueDialogues,
  recordCalls,
  storePrograms,
  openInquiries,
  closeInquiries,
  createAttempts,
  leaseTrials,
  renewLeases,
  endTrials,
  endAttempts,
  appendEvents,
  addIncumbents,
]

export function composeStatement(played: readonly PlayedTurn[]): { statement: string; parameters: string[] } {
  // Sorted by study, so that two servers whose statements share studies lock them in the same order.
  const turns = [...played].sort((a, b) => (a.study.id < b.study.id ? -1 : 1))
  const parameters: string[] = []
  const list = (items: readonly unknown[]) =>
    `json_to_recordset($${parameters.push(JSON.stringify(items))}::text::json)`
  const parts = [guard.sql(list(turns.map(guard.row)))]
  const answering: [name: string, which: string][] = []
  for (const { name, answers, items, sql } of PARTS) {
    const here = turns.flatMap((turn) => items(turn).map((item) => ({ ...item, study: turn.study.id })))
    if (here.length === 0) continue
    parts.push(sql(list(here)))
    if (answers !== undefined) answering.push([name, answers])
  }
  return { statement: `with ${parts.join(',\n')}\n${answerSelect(answering)}`, parameters }
}

/** A row for each study whose guard held, then one for each trial that changed and that its part answers. */
function answerSelect(parts: readonly (readonly [name: string, which: string])[]): string {
  return [
    'select id as study, null::json as trial from guard',
    ...parts.map(([name, which]) => `select study_id, to_json(${name}) from ${name} where ${which}`),
  ].join('\nunion all ')
}
