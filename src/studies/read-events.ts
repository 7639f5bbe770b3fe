/** Reads the event log after a cursor, for event streams. */
import type { Database } from '../storage/database.js'

export interface EventRow {
  /** The cursor to continue after this event. */
  readonly cursor: string
  readonly study: string
  readonly seq: number
  readonly kind: string
  readonly number: number | null
  readonly data: Record<string, unknown>
  readonly at: Date
}

const COLUMNS = 's.name as study, e.seq, e.kind, e.number, e.data, e.at'

/**
 * Reads events of one study; null where it was deleted. Its events are numbered without gaps, so the number is the
 * cursor.
 */
export async function readStudyEvents(
  database: Database,
  studyId: string,
  after: number,
  limit: number,
): Promise<EventRow[] | null> {
  const rows = await database.query<EventRow>(
    `select e.seq::text as cursor, ${COLUMNS}
       from studies s
       left join lateral (select * from events where study_id = s.id and seq > $2::int order by seq limit $3::int) e on true
      where s.id = $1 order by e.seq`,
    [studyId, after, limit],
  )
  if (rows.length === 0) return null
  return rows.filter(({ seq }) => seq !== null)
}

/**
 * Reads events of all studies in the order (transaction, id). Transactions commit in any order, so it returns only
 * events of transactions that are older than every open one: a reader never skips an event that commits later.
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

/** The cursor that leaves out everything before now: transactions that are still open come after it. */
export async function presentCursor(database: Database): Promise<string> {
  const [row] = await database.query<{ cursor: string }>(
    "select pg_snapshot_xmin(pg_current_snapshot())::text || '-0' as cursor",
    [],
  )
  return row!.cursor
}
