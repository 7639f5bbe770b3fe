/**
 * The thread of the embedded database. It speaks Postgres's wire protocol: each message is answered in its turn with
 * what the engine says to it. pglite-engine.ts is the other side.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

/** `folder` is created where it does not exist. */
export interface EngineData {
  readonly folder: string
}

/** Bytes of the wire protocol, or the wish to end in order. */
export type ToEngine = Uint8Array | 'close'

/** `hasAborted`: the engine has ended (PANIC); these are its last words. */
export type FromEngine = 'ready' | 'closed' | { readonly bytes: Uint8Array; readonly hasAborted: boolean }

/** The operating system already caches the files, so a small buffer pool is enough. */
const SETTINGS = ['-c', 'shared_buffers=32MB']

/** The status by which PGlite's engine jumps back to its loop after an SQL error. */
const LONGJMP = 100

const port = parentPort!
const { folder } = workerData as EngineData
const pg = await PGlite.create({
  dataDir: folder,
  startParams: [...PGlite.defaultStartParams, ...SETTINGS],
})
let hasAborted = false
noticeAbort()

/** One message after the other. */
let last: Promise<void> = Promise.resolve()
port.on('message', (message: ToEngine) => {
  last = last.then(() => (message === 'close' ? close() : answer(message)))
})
port.postMessage('ready' satisfies FromEngine)

async function answer(message: Uint8Array): Promise<void> {
  const { data } = await pg.execProtocol(message, { syncToFs: false, throwOnError: false })
  port.postMessage({ bytes: data, hasAborted } satisfies FromEngine)
}

async function close(): Promise<void> {
  await pg.close()
  port.postMessage('closed' satisfies FromEngine)
  port.close()
}

/** PGlite ignores the exception by which the engine ends and would call it again, forever: the thread ends instead. */
function noticeAbort(): void {
  const engine = pg.Module as { _PostgresMainLoopOnce(): void }
  const runOnce = engine._PostgresMainLoopOnce
  engine._PostgresMainLoopOnce = () => {
    if (hasAborted) process.exit(1)
    try {
      runOnce()
    } catch (error) {
      const isSqlError = (error as { status?: number }).status === LONGJMP
      if (!isSqlError) hasAborted = true
      throw error
    }
  }
}
