/** The programs of a study: read by their hash, stored once. */
import type { ProgramFiles, StoredProgram } from '../domain/program.js'
import type { Sql } from './database.js'

export async function readBaseline(sql: Sql, study: string): Promise<StoredProgram | null> {
  const [row] = await sql.query<StoredProgram>(
    'select hash, parent, normal, files, constants from programs where study_id = $1 and parent is null',
    [study],
  )
  return row ?? null
}

export async function readProgram(sql: Sql, study: string, hash: string): Promise<StoredProgram | null> {
  const [row] = await sql.query<StoredProgram>(
    'select hash, parent, normal, files, constants from programs where study_id = $1 and hash = $2',
    [study, hash],
  )
  return row ?? null
}

export async function readFiles(sql: Sql, study: string, hash: string): Promise<ProgramFiles> {
  const program = await readProgram(sql, study, hash)
  if (program === null) throw new Error(`the study ${study} has no program ${hash}`)
  return program.files
}

export async function storeProgram(
  sql: Sql,
  study: string,
  { hash, parent, normal, files, constants }: StoredProgram,
): Promise<void> {
  await sql.query(
    `insert into programs (study_id, hash, parent, normal, files, constants)
     values ($1, $2, $3, $4, $5::text::json, $6::text::json) on conflict do nothing`,
    [study, hash, parent, normal, JSON.stringify(files), JSON.stringify(constants)],
  )
}
