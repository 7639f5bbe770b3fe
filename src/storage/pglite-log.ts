/**
 * The log of the embedded database: flushed before anybody is answered, and cut by checkpoints. Postgres leaves both to
 * processes beside the one that runs statements, and PGlite has none.
 *
 * A commit itself flushes nothing (`synchronous_commit=off`), so the commits of several requests share one flush.
 * Postgres is told so, and keeps the order in which log and data files may reach the disk.
 */
import { PGlite, parse, protocol, types } from '@electric-sql/pglite'

type Message = Parameters<typeof parse.parseResults>[0][number]
type DatabaseError = InstanceType<typeof protocol.messages.DatabaseError>

/** What the engine said to a message of the protocol. */
export interface Said {
  readonly data: Uint8Array
  readonly messages: readonly Message[]
  readonly error: DatabaseError | undefined
}

/** The first row of a statement's answer; undefined where it failed. */
export function firstRow<Row>({ messages }: Said): Row | undefined {
  return parse.parseResults([...messages], types.parsers)[0]?.rows?.[0] as Row | undefined
}

/** The engine makes no checkpoint by itself: its log would grow for ever, and with it the start after a crash. */
const CHECKPOINT_BYTES = 2 ** 26
const CUT = ['-c', 'max_wal_size=128MB', '-c', 'min_wal_size=32MB']

/** Emscripten's fdatasync, the default, does nothing. */
const DURABLE = ['-c', 'wal_sync_method=fsync', '-c', 'synchronous_commit=off']
const WITHOUT_FSYNC = '-F'
const IN_FAILED_TRANSACTION = '25P02'

const { serialize } = protocol
/**
 * An empty message in the log has it flushed; reads alone need no flush. It is run by one message of the protocol: where
 * the engine ends in it, nothing is left to run.
 */
const PREPARE_FLUSH = serialize.query(
  `prepare flush as select pg_logical_emit_message(false, '', '', true)
    where pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()`,
)
const FLUSH = serialize.query('execute flush')
const LENGTH = serialize.query(
  `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()`,
)
const CHECKPOINT = serialize.query('checkpoint')

/** How the engine must be started. */
export function logSettings(isDurable: boolean): string[] {
  const usual = PGlite.defaultStartParams
  if (!isDurable) return [...usual, ...CUT]
  return [...usual.filter((each) => each !== WITHOUT_FSYNC), ...CUT, ...DURABLE]
}

export class EngineLog {
  constructor(private readonly run: (message: Uint8Array) => Promise<Said>) {}

  /** Once, before the first flush. */
  async prepare(): Promise<void> {
    await this.run(PREPARE_FLUSH)
  }

  /**
   * Answers why it failed. A transaction that has failed refuses the flush, and needs none: its requests come one by one,
   * and it has committed nothing.
   */
  async flush(): Promise<string | undefined> {
    const { error } = await this.run(FLUSH)
    return error?.code === IN_FAILED_TRANSACTION ? undefined : error?.message
  }

  /** Where it fails, the next one is tried again. */
  async checkpointWhereDue(): Promise<Said | undefined> {
    const row = firstRow<{ bytes: number }>(await this.run(LENGTH))
    return row !== undefined && row.bytes > CHECKPOINT_BYTES ? this.run(CHECKPOINT) : undefined
  }
}
