/** Stores what was said so far between an advisor and a trial that waits for it. */
import { type StatementPart, without } from './statement-part.js'

export const continueDialogues: StatementPart = {
  name: 'continued',
  items: ({ writes: { continued, decided } }) => without(continued, decided),
  sql: (list) => `continued as (
  update trials t set proposal = x.proposal
    from guard, ${list} as x(study uuid, number int, proposal json)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'proposing')`,
}
