/** Stores what came of a question for beliefs. */
import { NOW } from '../../storage/database.js'
import type { StatementPart } from './statement-part.js'

export const closeInquiries: StatementPart = {
  name: 'answered',
  items: ({ writes }) => writes.inquiryEnds,
  sql: (list) => `answered as (
  update inquiries t set state = x.state, beliefs = x.beliefs, note = x.note, reason = x.reason, adviser = null,
         adviser_until = null, answered_at = ${NOW}
    from guard, ${list} as x(study uuid, number int, state text, beliefs json, note text, reason text)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'asking')`,
}
