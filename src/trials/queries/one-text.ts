/**
 * Rows of a statement as one JSON text. Of 50 000 rows with eleven columns PGlite gives the text in 0.27 s and the rows in
 * 0.8 s, because it builds each cell of a row by itself. Times and large integers must be made numbers by the statement.
 */
import type { Sql } from '../../storage/database.js'

export async function queryAsOneText<Row>(
  database: Sql,
  statement: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const [{ rows } = { rows: '[]' }] = await database.query<{ rows: string }>(
    `select coalesce(json_agg(r), '[]')::text as rows from (${statement}) r`,
    parameters,
  )
  return JSON.parse(rows)
}
