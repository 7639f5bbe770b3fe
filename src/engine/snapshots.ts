/** Keeps a study's search for the next start of a server, whenever it has learned a good deal since the last time. */
import { snapshotSearch } from '../../optimizers/search.js'
import type { Database } from '../storage/database.js'
import type { HeldStudy } from './held-study.js'

/** A replay after a restart has at most so many observations to tell again, or a tenth of them all. */
const FEWEST_OBSERVATIONS = 200
const OBSERVATIONS_SHARE = 0.1

export async function storeSnapshot(database: Database, study: HeldStudy | undefined): Promise<void> {
  if (
    study === undefined ||
    study.observations - study.snapshotObservations <
      Math.max(FEWEST_OBSERVATIONS, OBSERVATIONS_SHARE * study.observations)
  )
    return
  study.snapshotObservations = study.observations
  await database.query(
    `insert into snapshots (study_id, seq, told, data) values ($1, $2, $3, $4::text::json)
     on conflict (study_id) do update set seq = excluded.seq, told = excluded.told, data = excluded.data
      where snapshots.seq < excluded.seq`,
    [
      study.id,
      study.seq,
      study.observations,
      JSON.stringify({ search: snapshotSearch(study.search), history: study.history }),
    ],
  )
}
