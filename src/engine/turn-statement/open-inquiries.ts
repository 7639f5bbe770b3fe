/** Inserts the questions to an advisor for its beliefs. An open one is for any server to take up, at once. */
import { NOW } from '../../storage/database.js'
import type { StatementPart } from './statement-part.js'

export const openInquiries: StatementPart = {
  name: 'inquired',
  items: ({ writes }) => writes.inquiries,
  sql: (list) => `inquired as (
  insert into inquiries (study_id, number, ended, source, state, beliefs, note, adviser_until, answered_at)
  select guard.id, x.number, x.ended, x.source, x.state, x.beliefs, x.note, case when x.state = 'asking' then ${NOW} end,
         case when x.state <> 'asking' then ${NOW} end
    from guard, ${list} as x(study uuid, number int, ended int, source text, state text, beliefs json, note text)
   where x.study = guard.id)`,
}
