/** Keeps a study's search for the next start of a server, whenever it has learned a good deal since the last time. */
import type { Database } from '../db/database.js'
import type { Live } from './live.js'

/** A replay after a restart has at most so many observations to tell again, or a tenth of them all. */
const AT_LEAST = 200
const SHARE = 0.1

export async function keepSnapshot(database: Database, live: Live | undefined): Promise<void> {
  if (live === undefined || live.told - live.snapshotTold < Math.max(AT_LEAST, SHARE * live.told)) return
  live.snapshotTold = live.told
  await database.query(
    `insert into snapshots (study_id, seq, told, data) values ($1, $2, $3, $4::text::json)
     on conflict (study_id) do update set seq = excluded.seq, told = excluded.told, data = excluded.data
      where snapshots.seq < excluded.seq`,
    [live.id, live.seq, live.told, JSON.stringify({ search: live.search.snapshot(), history: live.history })],
  )
}
