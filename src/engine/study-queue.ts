/**
 * The queue of a study. Every change of a study is a command; the commands of one study are played one after the other, on the
 * study held in memory, and all that a turn changed is stored by one statement.
 *
 *   idle         nothing waits. The study may be held in memory, or was dropped to free memory.
 *   playing      waiting commands are played in order, on the held study. What they change is collected as TurnWrites.
 *                A tell, a cancellation or a change of the study goes before the asks of a slow search.
 *   storing      the statement is under way, together with turns of other studies (turn-batcher.ts). Its guard says
 *                `where seq = <the event at which the turn began>`: it stores the whole turn or nothing of it.
 *   contested    another server changed the study, so the guard failed. Nothing was stored and nobody was answered: the held
 *                study is read again, and the next 256 turns are played under the lock of the study's row.
 *
 *   idle → playing → storing → idle     the commands are answered with what the database says it stored
 *                       ↓ guard failed
 *                   contested → (lock, read what is missing) → playing → storing → …
 *
 * A command that must read the database first (`ready` says no) is played under the lock too, unless it can `read` before.
 * Where a turn fails, its held study is dropped, because memory may then be ahead of the database.
 */

import type { Searches } from '../compute/searches.js'
import { SearchLostError } from '../compute/study-search.js'
import { Fault } from '../faults.js'
import type { Database, Sql } from '../storage/database.js'
import { type HeldStudy, heldBytes } from './held-study.js'
import { readHeldStudy } from './read-held-study.js'
import { storeSnapshot } from './snapshots.js'
import { isStillAt, type StoredTrials, storeTurns } from './store-turn.js'
import { TurnBatcher } from './turn-batcher.js'
import { type LlmCallRow, noWrites, type TurnWrites } from './writes.js'

/** Makes the answer of a command, once its turn is stored, from what the database says it stored. */
export type Answer<T> = (stored: StoredTrials) => T

export interface Command<T> {
  /** Whether the search may compute long for it, as for an ask of gp. */
  isSlow?(study: HeldStudy): boolean
  /** It needs nothing of the search, so it does not wait behind slow commands: a tell, say. */
  readonly overtakes?: true
  /** Whether it can be played on the held study, after what this turn changed so far. If not, it begins a turn and may read. */
  ready(study: HeldStudy, writes: TurnWrites): boolean
  /**
   * Reads what makes it ready, without a lock. The guard of its turn fails where the study has changed since, and then it is
   * played under the lock. For a command that computes long: on PGlite nobody else is answered while a transaction is open.
   */
  read?(study: HeldStudy, sql: Sql): Promise<void>
  /** Changes the study, or throws a Fault before it has changed anything. */
  play(study: HeldStudy, writes: TurnWrites): Answer<T> | Promise<Answer<T>>
  /** The same under the study's lock, where it is not ready: it may read and write the database. */
  playLocked(study: HeldStudy, writes: TurnWrites, tx: Sql): Promise<Answer<T>>
}

/** What happens to a study that others want to know of. */
export interface StudyListener {
  /** A turn changed the study. */
  changed(studyId: string): void
  /** A trial is stored and waits for advice. The next turn waits until this is done, so it sees the study as it is now. */
  proposing(study: HeldStudy, number: number): Promise<void>
  /** A turn paused, resumed or finished the study. */
  moved(studyId: string): void
  /** A call of a language model is stored. */
  called(studyName: string, call: LlmCallRow): void
}

const NO_LISTENER: StudyListener = {
  changed: () => {},
  moved: () => {},
  proposing: async () => {},
  called: () => {},
}

interface QueuedCommand {
  readonly command: Command<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

interface StudyQueue {
  readonly id: string
  readonly waiting: QueuedCommand[]
  study?: HeldStudy
  /** About how much memory the held study takes. */
  bytes: number
  /** Turns still to be played under the lock. */
  lockedTurns: number
  busy: boolean
  /** How often in a row the search's worker thread ended while a turn needed it. */
  searchesLost: number
}

/** A turn plays at most so many commands, and begins none after so long, so that the first of a burst is answered soon. */
const MOST_COMMANDS = 64
const LONGEST_TURN_MS = 250
const LOCKED_TURNS = 256
/** A search that ends its worker thread so often in a row, by running out of memory say, is given up. */
const MOST_SEARCHES_LOST = 3

export interface QueueOptions {
  readonly searches: Searches
  readonly listener?: StudyListener
  /** Held studies take about so much memory at most; the longest unused is dropped first. */
  readonly heldBytes?: number
}

const HELD_BYTES = 512 * 2 ** 20

export class StudyQueues {
  /** By study; the longest unused comes first. */
  private readonly queues = new Map<string, StudyQueue>()
  private readonly batcher: TurnBatcher
  private readonly listener: StudyListener
  private readonly searches: Searches
  private readonly mostBytes: number
  private totalBytes = 0

  constructor(
    private readonly database: Database,
    { searches, listener = NO_LISTENER, heldBytes = HELD_BYTES }: QueueOptions,
  ) {
    this.batcher = new TurnBatcher(database)
    this.searches = searches
    this.listener = listener
    this.mostBytes = heldBytes
  }

  /** Queues a command on a study; resolves once what it did is stored. */
  run<T>(studyId: string, command: Command<T>): Promise<T> {
    const queue = this.queueOf(studyId)
    return new Promise<T>((resolve, reject) => {
      queue.waiting.push({ command, resolve: resolve as (value: unknown) => void, reject })
      if (!queue.busy) void this.drain(queue)
    })
  }

  /** How many studies are held in memory, and about how many bytes they take. */
  get held(): { readonly studies: number; readonly bytes: number } {
    const studies = [...this.queues.values()].filter(({ study }) => study !== undefined).length
    return { studies, bytes: this.totalBytes }
  }

  private queueOf(id: string): StudyQueue {
    const queue = this.queues.get(id) ?? {
      id,
      waiting: [],
      bytes: 0,
      lockedTurns: 0,
      busy: false,
      searchesLost: 0,
    }
    this.queues.delete(id)
    this.queues.set(id, queue)
    return queue
  }

  private async drain(queue: StudyQueue): Promise<void> {
    queue.busy = true
    while (queue.waiting.length > 0) await this.runTurn(queue)
    queue.busy = false
    if (queue.study === undefined && queue.lockedTurns === 0) this.queues.delete(queue.id)
  }

  private async runTurn(queue: StudyQueue): Promise<void> {
    const played: PlayedCommand[] = []
    const { seq: before, state } = queue.study ?? {}
    let answered = false
    try {
      const turn = (await this.playOptimistically(queue, played)) ?? (await this.playUnderLock(queue, played))
      queue.searchesLost = 0
      if (turn.study.seq !== before) this.listener.changed(queue.id)
      if (turn.study.state !== (state ?? 'active')) this.listener.moved(queue.id)
      for (const { queued, answer } of played) answerCommand(queued, () => answer(turn.stored))
      answered = true
      await this.tellListener(turn)
      await storeSnapshot(this.database, turn.study)
      this.measure(queue)
      this.freeMemory(queue)
    } catch (error) {
      this.drop(queue) // what is held may be ahead of what is stored
      if (!answered) this.refuseOrRepeat(queue, played, error)
    }
  }

  /** Nothing of the turn was stored, and none of its commands was answered. */
  private refuseOrRepeat(queue: StudyQueue, played: PlayedCommand[], error: unknown): void {
    const isLost = error instanceof SearchLostError
    if (isLost && !error.stopping && ++queue.searchesLost <= MOST_SEARCHES_LOST) {
      putBack(queue, played) // they are played on a search that is opened anew
      return
    }
    const fault = isLost ? faultOf(error) : error
    for (const { queued } of played) queued.reject(fault)
    if (played.length === 0) for (const queued of queue.waiting.splice(0)) queued.reject(fault)
  }

  /** Undefined: the turn cannot be played this way. Nothing was stored then, and nobody was answered. */
  private async playOptimistically(
    queue: StudyQueue,
    played: PlayedCommand[],
  ): Promise<StoredTurn | undefined> {
    if (queue.lockedTurns > 0) return undefined
    const study = queue.study ?? (await this.readUnlocked(queue)) // a turn of a held study begins at once
    if (study === undefined) return undefined
    const from = study.seq
    const writes = noWrites()
    const first = queue.waiting[0]?.command
    if (first?.read !== undefined && !first.ready(study, writes)) await first.read(study, this.database)
    await playReady(queue, study, writes, played)
    if (played.length === 0) return undefined
    const stored = await this.batcher.store({ study, from, writes })
    if (stored !== null) return { study, stored, calls: writes.calls }
    putBack(queue, played)
    queue.lockedTurns = LOCKED_TURNS
    this.drop(queue)
    return undefined
  }

  /** A study that is not held is read before the lock is taken: a long log is not replayed while others wait for the row. */
  private async playUnderLock(queue: StudyQueue, played: PlayedCommand[]): Promise<StoredTurn> {
    if (queue.study === undefined) await this.readUnlocked(queue)
    return this.database.transaction(async (tx) => {
      const study = await readHeldStudy(tx, this.searches, queue.id, queue.study, 'for update')
      if (study === null) throw new Fault('study_not_found', `There is no study ${queue.id}`)
      queue.study = study
      queue.lockedTurns = Math.max(0, queue.lockedTurns - 1)
      const from = study.seq
      const writes = noWrites()
      await playReady(queue, study, writes, played)
      if (played.length === 0) await playFirst(queue, study, writes, tx, played)
      const [stored] = await storeTurns(tx, [{ study, from, writes }])
      if (!stored) throw new Error('the study changed although its row was locked')
      return { study, stored, calls: writes.calls }
    })
  }

  /** Undefined where there is no such study, or where it changed while it was read: then the lock says what is so. */
  private async readUnlocked(queue: StudyQueue): Promise<HeldStudy | undefined> {
    const study = await readHeldStudy(this.database, this.searches, queue.id, undefined)
    if (study === null) return undefined
    queue.study = study
    return (await isStillAt(this.database, study.id, study.seq)) ? study : undefined
  }

  /** What a listener does wrong is not the turn's fault: it is stored and answered. */
  private async tellListener({ study, stored, calls }: StoredTurn): Promise<void> {
    for (const call of calls) this.listener.called(study.name, call)
    for (const { number, state } of stored.values())
      if (state === 'proposing') await this.listener.proposing(study, number)
  }

  private drop(queue: StudyQueue): void {
    queue.study?.search.close()
    delete queue.study
    this.totalBytes -= queue.bytes
    queue.bytes = 0
  }

  private measure(queue: StudyQueue): void {
    const bytes = queue.study === undefined ? 0 : heldBytes(queue.study)
    this.totalBytes += bytes - queue.bytes
    queue.bytes = bytes
  }

  /** Drops held studies, the longest unused first, until the others fit. The study that was used last stays. */
  private freeMemory(used: StudyQueue): void {
    if (this.totalBytes <= this.mostBytes) return
    for (const queue of this.queues.values()) {
      if (queue === used || queue.busy || queue.study === undefined) continue
      this.drop(queue)
      if (queue.lockedTurns === 0) this.queues.delete(queue.id)
      if (this.totalBytes <= this.mostBytes) return
    }
  }
}

interface StoredTurn {
  readonly study: HeldStudy
  readonly stored: StoredTrials
  readonly calls: readonly LlmCallRow[]
}

interface PlayedCommand {
  readonly queued: QueuedCommand
  answer: Answer<unknown>
}

/**
 * Plays waiting commands in order, up to the first that must read. A turn in which a command has overtaken ends before the
 * slow one, so that it is stored and answered meanwhile. Which order waiting commands have is free: none of their callers
 * has an answer yet. The log has the order in which they were played.
 */
async function playReady(
  queue: StudyQueue,
  study: HeldStudy,
  writes: TurnWrites,
  played: PlayedCommand[],
): Promise<void> {
  const began = performance.now()
  while (played.length < MOST_COMMANDS) {
    letOvertake(queue, study)
    const command = queue.waiting[0]?.command
    if (!command?.ready(study, writes)) return
    if (played.length > 0 && performance.now() - began > LONGEST_TURN_MS) return
    if (command.isSlow?.(study) && played.some(({ queued }) => queued.command.overtakes)) return
    const next = startCommand(queue.waiting.shift()!, played)
    next.answer = await playOrFault(() => command.play(study, writes))
  }
}

/** Puts the first command that overtakes before the slow one that waits at the head. */
function letOvertake({ waiting }: StudyQueue, study: HeldStudy): void {
  if (!waiting[0]?.command.isSlow?.(study)) return
  const first = waiting.findIndex(({ command }) => command.overtakes)
  if (first > 0) waiting.unshift(...waiting.splice(first, 1))
}

async function playFirst(
  queue: StudyQueue,
  study: HeldStudy,
  writes: TurnWrites,
  tx: Sql,
  played: PlayedCommand[],
): Promise<void> {
  const queued = queue.waiting.shift()
  if (queued === undefined) return
  const first = startCommand(queued, played)
  first.answer = await playOrFault(() => queued.command.playLocked(study, writes, tx))
}

/** From here on the command is answered with its turn, whatever becomes of that. */
function startCommand(queued: QueuedCommand, played: PlayedCommand[]): PlayedCommand {
  const next: PlayedCommand = { queued, answer: () => rethrow(new Error('it was not played')) }
  played.push(next)
  return next
}

function putBack(queue: StudyQueue, played: PlayedCommand[]): void {
  queue.waiting.unshift(...played.splice(0).map(({ queued }) => queued))
}

/**
 * A fault is an answer too, and is given once the turn is stored: it may rest on a study that turns out to be stale. Any other
 * error fails the turn.
 */
async function playOrFault(play: () => Answer<unknown> | Promise<Answer<unknown>>): Promise<Answer<unknown>> {
  try {
    return await play()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return () => rethrow(error)
  }
}

function faultOf({ stopping, message }: SearchLostError): Fault {
  if (stopping)
    return new Fault('shutting_down', 'This server is stopping: try another, or again in a moment')
  return new Fault(
    'search_unavailable',
    `The search of this study could not be computed, ${MOST_SEARCHES_LOST + 1} times in a row. ${message}`,
  )
}

function answerCommand(queued: QueuedCommand, answer: () => unknown): void {
  try {
    queued.resolve(answer())
  } catch (error) {
    queued.reject(error)
  }
}

function rethrow(error: unknown): never {
  throw error
}
