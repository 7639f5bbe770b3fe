/** What a study knows of earlier ones: stored when it is created, read whenever its search is opened. */
import type { EarlierStudy } from '../../optimizers/contract.js'
import type { Sql } from './database.js'

export interface StoredEarlier extends EarlierStudy {
  readonly id: string
}

export async function storeEarlier(
  sql: Sql,
  study: string,
  earlier: readonly StoredEarlier[],
): Promise<void> {
  await sql.query(
    `insert into earlier_studies (study_id, place, id, name, trials)
     select $1::uuid, place, id, study, trials
       from json_to_recordset($2::text::json) as given (place integer, id uuid, study text, trials json)`,
    [study, JSON.stringify(earlier.map((one, place) => ({ ...one, place })))],
  )
}

/** `sign`: -1 where the objective is maximised, because a search minimises. */
export async function readEarlier(sql: Sql, study: string, sign: 1 | -1): Promise<EarlierStudy[]> {
  const rows = await sql.query<EarlierStudy>(
    'select name as study, trials from earlier_studies where study_id = $1 order by place',
    [study],
  )
  return rows.map(({ study: name, trials }) => ({
    study: name,
    trials: trials.map(({ params, value }) => ({ params, value: sign * value })),
  }))
}
