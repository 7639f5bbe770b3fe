/** Opens the database: Postgres where a URL is given, else PGlite (Postgres inside this process). */
import type { Database } from './database.js'

export interface DatabaseOptions {
  readonly url?: string
  readonly dataDir: string
  readonly pool: number
  /** PGlite only: whether an answer waits until what it says is on the disk. The default is that it does. */
  readonly fsync?: boolean
}

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url !== undefined) {
    const { openPostgres } = await import('./postgres.js')
    return openPostgres(options.url, options.pool)
  }
  const { openPglite } = await import('./pglite.js')
  return openPglite(options.dataDir, options.fsync ?? true)
}
