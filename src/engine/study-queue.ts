/**
 * Everything that moves a study goes through its turn: commands queue up while one turn is stored, and the next turn
 * plays them all, in order, on the study held in memory, and stores what they did by one statement.
 *
 * Two ways lead to the same end. Alone with a study, a server plays on what it holds and lets the statement's guard
 * (`where seq = …`) say whether that was true. Where it was not (another server moved the study), or where a command
 * must read first, the turn is played under the lock of the study's row.
 */

import { Fault } from '../faults.js'
import type { Database, Sql } from '../storage/database.js'
import { type HeldStudy, readHeldStudy } from './held-study.js'
import { storeSnapshot } from './snapshots.js'
import { type StoredTrials, storeTurns } from './store-turn.js'
import { TurnBatcher } from './turn-batcher.js'
import { type LlmCallRow, noWrites, type TurnWrites } from './writes.js'

/** What happens once a turn is stored: the answer, from what the database says it stored. */
export type Answer<T> = (saved: StoredTrials) => T

export interface Command<T> {
  /** May it be played on what is held in memory, after what this turn did so far? If not, it begins a turn, and may read. */
  ready(study: HeldStudy, writes: TurnWrites): boolean
  /** Moves the study, or throws a Fault before it has moved anything. */
  play(study: HeldStudy, writes: TurnWrites): Answer<T>
  /** The same under the study's lock, with leave to read and to write, where it is not ready. */
  playLocked(study: HeldStudy, writes: TurnWrites, tx: Sql): Promise<Answer<T>>
}

interface QueuedCommand {
  readonly command: Command<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

interface StudyQueue {
  readonly waiting: QueuedCommand[]
  study?: HeldStudy
  /** Turns still to be taken under the lock, since another server works on this study too. */
  locked: number
  busy: boolean
}

/** So many commands share a turn at most: a burst may not keep the first of them waiting for the last. */
const MOST_COMMANDS = 64
/** After meeting another server on a study, its lock is taken for so many turns before the guard alone is tried again. */
const LOCKED_TURNS = 256
/** So many studies are held in memory; the one longest unused goes first. */
const HELD_STUDIES = 256

export class StudyQueues {
  private readonly queues = new Map<string, StudyQueue>()
  private readonly ferry: TurnBatcher

  constructor(
    private readonly database: Database,
    /** Told after each turn that moved its study: not after one that found nothing to do, which may be about to wait. */
    private readonly onMoved: (studyId: string) => void,
    /** Told of each trial that is stored and waits for advice, with the study as it is then. */
    private readonly onProposing: (study: HeldStudy, number: number) => void = () => {},
    /** Told of each call of a language model that is stored. */
    private readonly onCalled: (study: string, call: LlmCallRow) => void = () => {},
  ) {
    this.ferry = new TurnBatcher(database)
  }

  /** Queues a command on a study; resolves once what it did is stored. */
  run<T>(studyId: string, command: Command<T>): Promise<T> {
    const queue = this.queueOf(studyId)
    return new Promise<T>((resolve, reject) => {
      queue.waiting.push({ command, resolve: resolve as (value: unknown) => void, reject })
      if (!queue.busy) void this.drain(studyId, queue)
    })
  }

  private queueOf(studyId: string): StudyQueue {
    const queue = this.queues.get(studyId) ?? { waiting: [], locked: 0, busy: false }
    this.queues.delete(studyId)
    this.queues.set(studyId, queue)
    for (const [id, idle] of this.queues) {
      if (this.queues.size <= HELD_STUDIES) break
      if (!idle.busy) this.queues.delete(id)
    }
    return queue
  }

  private async drain(studyId: string, queue: StudyQueue): Promise<void> {
    queue.busy = true
    while (queue.waiting.length > 0) await this.runTurn(studyId, queue)
    queue.busy = false
  }

  private async runTurn(studyId: string, queue: StudyQueue): Promise<void> {
    const played: PlayedCommand[] = []
    const before = queue.study?.seq
    try {
      const { saved, calls } =
        (await this.playOptimistically(queue, played)) ?? (await this.playUnderLock(studyId, queue, played))
      if (queue.study?.seq !== before) this.onMoved(studyId)
      for (const { waiting, answer } of played) answerCommand(waiting, () => answer(saved))
      for (const { number, state } of saved.values())
        if (state === 'proposing') this.onProposing(queue.study!, number)
      for (const call of calls) this.onCalled(queue.study!.name, call)
      await storeSnapshot(this.database, queue.study)
    } catch (error) {
      delete queue.study // what is held may be ahead of what is stored
      for (const { waiting } of played) waiting.reject(error)
      if (played.length === 0) for (const waiting of queue.waiting.splice(0)) waiting.reject(error)
    }
  }

  /** Undefined: not to be done this way; nothing was stored and nobody answered. */
  private async playOptimistically(
    queue: StudyQueue,
    played: PlayedCommand[],
  ): Promise<StoredTurn | undefined> {
    const { study } = queue
    if (study === undefined || queue.locked > 0) return undefined
    const from = study.seq
    const writes = noWrites()
    playReady(queue, study, writes, played)
    if (played.length === 0) return queue.waiting.length === 0 ? { saved: new Map(), calls: [] } : undefined
    const saved = await this.ferry.store({ study, from, writes })
    if (saved !== null) return { saved, calls: writes.calls }
    queue.waiting.unshift(...played.splice(0).map(({ waiting }) => waiting))
    queue.locked = LOCKED_TURNS
    delete queue.study
    return undefined
  }

  private playUnderLock(studyId: string, queue: StudyQueue, played: PlayedCommand[]): Promise<StoredTurn> {
    return this.database.transaction(async (tx) => {
      const study = await readHeldStudy(tx, studyId, queue.study)
      if (study === null) throw new Fault('study_not_found', `There is no study ${studyId}`)
      queue.study = study
      queue.locked = Math.max(0, queue.locked - 1)
      const from = study.seq
      const writes = noWrites()
      playReady(queue, study, writes, played)
      if (played.length === 0) await playFirst(queue, study, writes, tx, played)
      const [saved] = await storeTurns(tx, [{ study, from, writes }])
      if (!saved) throw new Error('the study moved under its own lock')
      return { saved, calls: writes.calls }
    })
  }
}

interface StoredTurn {
  readonly saved: StoredTrials
  readonly calls: readonly LlmCallRow[]
}

interface PlayedCommand {
  readonly waiting: QueuedCommand
  answer: Answer<unknown>
}

/** Plays waiting commands in order, up to the first that must read. */
function playReady(queue: StudyQueue, study: HeldStudy, writes: TurnWrites, played: PlayedCommand[]): void {
  while (played.length < MOST_COMMANDS && queue.waiting[0]?.command.ready(study, writes)) {
    const next = startCommand(queue.waiting.shift()!, played)
    next.answer = playOrFault(() => next.waiting.command.play(study, writes))
  }
}

async function playFirst(
  queue: StudyQueue,
  study: HeldStudy,
  writes: TurnWrites,
  tx: Sql,
  played: PlayedCommand[],
): Promise<void> {
  const waiting = queue.waiting.shift()
  if (waiting === undefined) return
  const first = startCommand(waiting, played)
  first.answer = await waiting.command.playLocked(study, writes, tx).catch(asAnswer)
}

/** From here on it is answered with the turn, whatever becomes of that. */
function startCommand(waiting: QueuedCommand, played: PlayedCommand[]): PlayedCommand {
  const next: PlayedCommand = { waiting, answer: () => rethrow(new Error('it was not played')) }
  played.push(next)
  return next
}

function playOrFault(play: () => Answer<unknown>): Answer<unknown> {
  try {
    return play()
  } catch (error) {
    return asAnswer(error)
  }
}

/** A fault is an answer too, and waits like one: it may rest on a state that turns out to be stale. Another error ends the turn. */
function asAnswer(error: unknown): Answer<unknown> {
  if (!(error instanceof Fault)) throw error
  return () => rethrow(error)
}

function answerCommand(waiting: QueuedCommand, answer: () => unknown): void {
  try {
    waiting.resolve(answer())
  } catch (error) {
    waiting.reject(error)
  }
}

function rethrow(error: unknown): never {
  throw error
}
