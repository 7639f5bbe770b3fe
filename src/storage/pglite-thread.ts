/**
 * The thread of the embedded database. It speaks Postgres's wire protocol: each message is answered in its turn with
 * what the engine says to it. pglite-engine.ts is the other side.
 *
 * Requests that have arrived together are run, then the log is flushed to the disk once, and only then are they answered.
 */
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite, type protocol } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { EngineLog, logSettings, type Said } from './pglite-log.js'
import { EngineVacuum } from './pglite-vacuum.js'
import { SyncedFiles } from './synced-files.js'

export interface EngineData {
  /** Created where it does not exist. */
  readonly folder: string
  /** Whether what is answered survives a power cut. What is not durable still survives the end of the process. */
  readonly isDurable: boolean
}

/** Bytes of the wire protocol, or the wish to end in order. */
export type ToEngine = Uint8Array | 'close'

/** Answers in the order of the requests. `abortedBy`: the engine has ended (PANIC), and nobody else is answered. */
export type FromEngine =
  | 'ready'
  | 'closed'
  | { readonly answers: readonly Uint8Array[] }
  | { readonly abortedBy: string }

/** The operating system already caches the files, so a small buffer pool is enough. */
const MEMORY = ['-c', 'shared_buffers=32MB']

/** Requests that arrived together wait for each other's answers for about this long at most. */
const GROUP_MS = 20
const UPKEEP_MS = 10_000

/** The status by which PGlite's engine jumps back to its loop after an SQL error. */
const LONGJMP = 100

const port = parentPort!
const { folder, isDurable } = workerData as EngineData
const pg = await PGlite.create({
  fs: isDurable ? new SyncedFiles(folder) : new NodeFS(folder),
  startParams: [...logSettings(isDurable), ...MEMORY],
})
let hasAborted = false
noticeAbort()
const log = new EngineLog(run)
const vacuum = new EngineVacuum(run)
if (isDurable) await log.prepare()

const arrived: Uint8Array[] = []
/** One group after the other. */
let last: Promise<void> = Promise.resolve()
port.on('message', (message: ToEngine) => {
  if (message === 'close') last = last.then(close)
  else if (arrived.push(message) === 1) last = last.then(() => setImmediate()).then(answerArrived)
})
const upkeep = setInterval(() => {
  last = last.then(keepUp)
}, UPKEEP_MS)
port.postMessage('ready' satisfies FromEngine)

async function answerArrived(): Promise<void> {
  while (arrived.length > 0) {
    const { answers, lastError } = await runGroup()
    const flushError = isDurable && !hasAborted ? await log.flush() : undefined
    if (hasAborted || flushError !== undefined) return sayAborted(flushError ?? lastError)
    port.postMessage({ answers } satisfies FromEngine)
  }
}

async function runGroup() {
  const answers: Uint8Array[] = []
  const until = performance.now() + GROUP_MS
  for (;;) {
    const { data, error } = await run(arrived.shift()!)
    answers.push(data)
    if (hasAborted || arrived.length === 0 || performance.now() > until)
      return { answers, lastError: error?.message }
  }
}

/** What Postgres has processes of its own for. */
async function keepUp(): Promise<void> {
  const swept = await vacuum.vacuumWhereDue()
  const made = hasAborted ? swept : await log.checkpointWhereDue()
  if (hasAborted) sayAborted(made?.error?.message)
}

async function run(message: Uint8Array): Promise<Said> {
  const { data, messages } = await pg.execProtocol(message, { syncToFs: false, throwOnError: false })
  const error = messages.find((each) => each.name === 'error') as
    | InstanceType<typeof protocol.messages.DatabaseError>
    | undefined
  return { data, messages, error }
}

function sayAborted(reason = 'it gave no reason'): void {
  hasAborted = true
  clearInterval(upkeep)
  port.postMessage({ abortedBy: reason } satisfies FromEngine)
}

async function close(): Promise<void> {
  clearInterval(upkeep)
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
