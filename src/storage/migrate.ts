/** Applies missing migrations. Servers that start at the same time take turns by an advisory lock. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Fault } from '../faults.js'
import { fromRoot } from '../root.js'
import type { Database, Sql } from './database.js'

/** The advisory lock's key. All servers must use the same one. */
export const ADVISORY_LOCK = 0x43_48_49_52

/** A migration of large tables takes long, and other servers wait for it. */
const LIMIT_MS = 10 * 60_000

interface Migration {
  readonly tag: string
  readonly hash: string
  readonly statements: readonly string[]
}

export async function migrate(database: Database): Promise<string[]> {
  const known = await readMigrations()
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::int)', [ADVISORY_LOCK])
    await tx.query(
      'create table if not exists chiron_migrations (tag text primary key, hash text not null, at timestamptz not null default now())',
    )
    const done = await tx.query<{ tag: string; hash: string }>(
      'select tag, hash from chiron_migrations order by tag',
    )
    refuseForeign(known, done)
    const missing = known.slice(done.length)
    for (const migration of missing) await applyMigration(tx, migration)
    return missing.map((m) => m.tag)
  }, LIMIT_MS)
}

async function readMigrations(): Promise<Migration[]> {
  const journal = JSON.parse(await readFile(fromRoot('migrations/meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[]
  }
  return Promise.all(
    journal.entries.map(async ({ tag }) => {
      const text = await readFile(fromRoot(`migrations/${tag}.sql`), 'utf8')
      return {
        tag,
        hash: createHash('sha256').update(text).digest('hex'),
        statements: text.split('--> statement-breakpoint'),
      }
    }),
  )
}

/** Refuses a database that a newer version has migrated, or whose migrations differ from this version's. */
function refuseForeign(known: readonly Migration[], done: readonly { tag: string; hash: string }[]): void {
  done.forEach((applied, i) => {
    const mine = known[i]
    if (mine?.tag === applied.tag && mine.hash === applied.hash) return
    throw new Fault(
      'internal',
      `The database has migration ${applied.tag}, which this version does not have in this form: run the version of Chiron that applied it, or a newer one`,
    )
  })
}

async function applyMigration(tx: Sql, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await tx.query(statement)
  await tx.query('insert into chiron_migrations (tag, hash) values ($1, $2)', [migration.tag, migration.hash])
}
