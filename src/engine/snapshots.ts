/**
 * Stores a study's search now and then, so that a server that reads the study replays only what came afterwards. A snapshot may
 * be deleted at any time: the log alone gives the same search.
 */
import type { Database } from '../storage/database.js'
import type { HeldStudy } from './held-study.js'

/** A replay has at most so many observations to tell again, or a tenth of them all. */
const FEWEST_OBSERVATIONS = 200
const OBSERVATIONS_SHARE = 0.1

export async function storeSnapshot(database: Database, study: HeldStudy): Promise<void> {
  const { observations, snapshotObservations } = study
  const due = Math.max(FEWEST_OBSERVATIONS, OBSERVATIONS_SHARE * observations)
  if (observations - snapshotObservations < due) return
  const search = await study.search.snapshot()
  study.snapshotObservations = observations
  await database.query(
    `insert into snapshots (study_id, seq, told, data) values ($1, $2, $3, $4::text::json)
     on conflict (study_id) do update set seq = excluded.seq, told = excluded.told, data = excluded.data
      where snapshots.seq < excluded.seq`,
    [
      study.id,
      study.seq,
      observations,
      JSON.stringify({ search, history: study.history, ...(study.ledger && { ledger: study.ledger }) }),
    ],
  )
}
