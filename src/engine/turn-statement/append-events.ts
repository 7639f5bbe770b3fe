/**
 * Appends the events of a turn to the log of its study. Streams of all studies read events in the order (xid, id). A transaction
 * has its id before it waits for the study's lock, so a later one may get the lock first; `greatest` keeps the events of a study
 * in the order of their numbers all the same.
 */
import type { StatementPart } from './statement-part.js'

export const appendEvents: StatementPart = {
  name: 'logged',
  items: ({ writes }) => writes.events,
  sql: (list) => `logged as (
  insert into events (study_id, seq, kind, number, data, xid)
  select latest.id, x.seq, x.kind, x.number, x.data, latest.xid
    from (select guard.id, greatest(pg_current_xact_id(),
                                    (select xid from events e where e.study_id = guard.id order by e.seq desc limit 1)) as xid
            from guard offset 0) latest, -- once for each study, not for each event
         ${list} as x(study uuid, seq int, kind text, number int, data json)
   where x.study = latest.id order by x.study, x.seq)`,
}
