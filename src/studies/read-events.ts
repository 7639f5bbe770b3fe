/** The ordered log, read from where a reader left off. */
import type { Database } from '../storage/database.js'

export interface EventRow {
  /** Where to go on after this one. */
  readonly cursor: string
  readonly study: string
  readonly seq: number
  readonly kind: string
  readonly number: number | null
  readonly data: Record<string, unknown>
  readonly at: Date
}

const COLUMNS = 's.name as study, e.seq, e.kind, e.number, e.data, e.at'

/** Of one study: its events are numbered without a gap, so the number is the cursor. */
export function readStudyEvents(
  database: Database,
  studyId: string,
  after: number,
  limit: number,
): Promise<EventRow[]> {
  return database.query<EventRow>(
    `select e.seq::text as cursor, ${COLUMNS} from events e join studies s on s.id = e.study_id
      where e.study_id = $1 and e.seq > $2::int order by e.seq limit $3::int`,
    [studyId, after, limit],
  )
}

/**
 * Of all studies, in the order (transaction, id). Transactions commit in any order, so only those are read that began
 * before every one still open: a reader never steps over an event that appears behind it.
 */
export function readAllEvents(database: Database, after: string, limit: number): Promise<EventRow[]> {
  const [xid, id] = after.split('-') as [string, string]
  return database.query<EventRow>(
    `select e.xid::text || '-' || e.id as cursor, ${COLUMNS} from events e join studies s on s.id = e.study_id
      where (e.xid, e.id) > ($1::text::xid8, $2::text::bigint) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.xid, e.id limit $3::int`,
    [xid, id, limit],
  )
}
