/**
 * Takes the old versions of rows out of the embedded database. Postgres has autovacuum for that, a process beside the one
 * that runs statements, and PGlite has none: the row of a study is written anew by each of its turns, and what looks
 * through the studies would look through all of these.
 *
 * A vacuum holds up everybody else, so only tables of few rows that change often are swept: 2 to 10 ms of processor time
 * after 3 000 turns. Trials are left out: they change a few times, and Postgres reuses room within a page as it reads it.
 */
import { protocol } from '@electric-sql/pglite'
import { firstRow, type Said } from './pglite-log.js'

const SWEPT = ['studies', 'snapshots', 'experiments', 'cells']
/** A table is swept again after so much more of the log, about 3 000 turns. */
const EVERY_BYTES = 2 ** 23

const POSITION = protocol.serialize.query(
  `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`,
)
/** How the engine's answer ends where no transaction is open. */
const IDLE = [...'Z\0\0\0\x05I'].map((byte) => byte.charCodeAt(0))

export class EngineVacuum {
  private sweptAt = 0
  private readonly left: string[] = []

  constructor(private readonly run: (message: Uint8Array) => Promise<Said>) {}

  /** At most one table at a time. Within somebody's transaction nothing is done: the statement would fail it. */
  async vacuumWhereDue(): Promise<Said | undefined> {
    const said = await this.run(POSITION)
    const row = firstRow<{ bytes: number }>(said)
    if (row === undefined || !isIdle(said.data)) return undefined
    if (this.left.length === 0 && row.bytes - this.sweptAt < EVERY_BYTES) return undefined
    if (this.left.length === 0) {
      this.left.push(...SWEPT)
      this.sweptAt = row.bytes
    }
    return this.run(protocol.serialize.query(`vacuum ${this.left.shift()}`))
  }
}

function isIdle(data: Uint8Array): boolean {
  return IDLE.every((byte, i) => data.at(i - IDLE.length) === byte)
}
