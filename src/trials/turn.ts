/**
 * Everything that moves a study goes through its turn: commands queue up while one turn is stored, and the next turn
 * plays them all, in order, on the study held in memory, and stores what they did by one statement.
 *
 * Two ways lead to the same end. Alone with a study, a server plays on what it holds and lets the statement's guard
 * (`where seq = …`) say whether that was true. Where it was not (another server moved the study), or where a command
 * must read first, the turn is played under the lock of the study's row.
 */
import type { Database, Sql } from '../db/database.js'
import { Fault } from '../faults.js'
import { Ferry } from './ferry.js'
import { type Live, load } from './live.js'
import { type Saved, save } from './save.js'
import { keepSnapshot } from './snapshots.js'
import { type CallMade, noWrites, type Writes } from './writes.js'

/** What happens once a turn is stored: the answer, from what the database says it stored. */
export type Answer<T> = (saved: Saved) => T

export interface Command<T> {
  /** May it be played on what is held in memory, after what this turn did so far? If not, it begins a turn, and may read. */
  ready(live: Live, writes: Writes): boolean
  /** Moves the study, or throws a Fault before it has moved anything. */
  play(live: Live, writes: Writes): Answer<T>
  /** The same under the study's lock, with leave to read and to write, where it is not ready. */
  playLocked(live: Live, writes: Writes, tx: Sql): Promise<Answer<T>>
}

interface Waiting {
  readonly command: Command<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Desk {
  readonly waiting: Waiting[]
  live?: Live
  /** Turns still to be taken under the lock, since another server works on this study too. */
  locked: number
  busy: boolean
}

/** So many commands share a turn at most: a burst may not keep the first of them waiting for the last. */
const BATCH = 64
/** After meeting another server on a study, its lock is taken for so many turns before the guard alone is tried again. */
const LOCKED_TURNS = 256
/** So many studies are held in memory; the one longest unused goes first. */
const HELD_STUDIES = 256

export class Turns {
  private readonly desks = new Map<string, Desk>()
  private readonly ferry: Ferry

  constructor(
    private readonly database: Database,
    /** Told after each turn that moved its study: not after one that found nothing to do, which may be about to wait. */
    private readonly onMoved: (studyId: string) => void,
    /** Told of each trial that is stored and waits for advice, with the study as it is then. */
    private readonly onProposing: (live: Live, number: number) => void = () => {},
    /** Told of each call of a language model that is stored. */
    private readonly onCalled: (study: string, call: CallMade) => void = () => {},
  ) {
    this.ferry = new Ferry(database)
  }

  /** Queues a command on a study; resolves once what it did is stored. */
  take<T>(studyId: string, command: Command<T>): Promise<T> {
    const desk = this.deskOf(studyId)
    return new Promise<T>((resolve, reject) => {
      desk.waiting.push({ command, resolve: resolve as (value: unknown) => void, reject })
      if (!desk.busy) void this.work(studyId, desk)
    })
  }

  private deskOf(studyId: string): Desk {
    const desk = this.desks.get(studyId) ?? { waiting: [], locked: 0, busy: false }
    this.desks.delete(studyId)
    this.desks.set(studyId, desk)
    for (const [id, idle] of this.desks) {
      if (this.desks.size <= HELD_STUDIES) break
      if (!idle.busy) this.desks.delete(id)
    }
    return desk
  }

  private async work(studyId: string, desk: Desk): Promise<void> {
    desk.busy = true
    while (desk.waiting.length > 0) await this.turn(studyId, desk)
    desk.busy = false
  }

  private async turn(studyId: string, desk: Desk): Promise<void> {
    const played: Played[] = []
    const before = desk.live?.seq
    try {
      const { saved, calls } =
        (await this.byGuard(desk, played)) ?? (await this.underLock(studyId, desk, played))
      if (desk.live?.seq !== before) this.onMoved(studyId)
      for (const { waiting, answer } of played) settle(waiting, () => answer(saved))
      for (const { number, state } of saved.values())
        if (state === 'proposing') this.onProposing(desk.live!, number)
      for (const call of calls) this.onCalled(desk.live!.name, call)
      await keepSnapshot(this.database, desk.live)
    } catch (error) {
      delete desk.live // what is held may be ahead of what is stored
      for (const { waiting } of played) waiting.reject(error)
      if (played.length === 0) for (const waiting of desk.waiting.splice(0)) waiting.reject(error)
    }
  }

  /** Undefined: not to be done this way; nothing was stored and nobody answered. */
  private async byGuard(desk: Desk, played: Played[]): Promise<Stored | undefined> {
    const { live } = desk
    if (live === undefined || desk.locked > 0) return undefined
    const from = live.seq
    const writes = noWrites()
    playReady(desk, live, writes, played)
    if (played.length === 0) return desk.waiting.length === 0 ? { saved: new Map(), calls: [] } : undefined
    const saved = await this.ferry.take({ live, from, writes })
    if (saved !== null) return { saved, calls: writes.calls }
    desk.waiting.unshift(...played.splice(0).map(({ waiting }) => waiting))
    desk.locked = LOCKED_TURNS
    delete desk.live
    return undefined
  }

  private underLock(studyId: string, desk: Desk, played: Played[]): Promise<Stored> {
    return this.database.transaction(async (tx) => {
      const live = await load(tx, studyId, desk.live)
      if (live === null) throw new Fault('study_not_found', `There is no study ${studyId}`)
      desk.live = live
      desk.locked = Math.max(0, desk.locked - 1)
      const from = live.seq
      const writes = noWrites()
      playReady(desk, live, writes, played)
      if (played.length === 0) await playFirst(desk, live, writes, tx, played)
      const [saved] = await save(tx, [{ live, from, writes }])
      if (!saved) throw new Error('the study moved under its own lock')
      return { saved, calls: writes.calls }
    })
  }
}

interface Stored {
  readonly saved: Saved
  readonly calls: readonly CallMade[]
}

interface Played {
  readonly waiting: Waiting
  answer: Answer<unknown>
}

/** Plays waiting commands in order, up to the first that must read. */
function playReady(desk: Desk, live: Live, writes: Writes, played: Played[]): void {
  while (played.length < BATCH && desk.waiting[0]?.command.ready(live, writes)) {
    const next = begin(desk.waiting.shift()!, played)
    next.answer = orFault(() => next.waiting.command.play(live, writes))
  }
}

async function playFirst(desk: Desk, live: Live, writes: Writes, tx: Sql, played: Played[]): Promise<void> {
  const waiting = desk.waiting.shift()
  if (waiting === undefined) return
  const first = begin(waiting, played)
  first.answer = await waiting.command.playLocked(live, writes, tx).catch(asAnswer)
}

/** From here on it is answered with the turn, whatever becomes of that. */
function begin(waiting: Waiting, played: Played[]): Played {
  const next: Played = { waiting, answer: () => rethrow(new Error('it was not played')) }
  played.push(next)
  return next
}

function orFault(play: () => Answer<unknown>): Answer<unknown> {
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

function settle(waiting: Waiting, answer: () => unknown): void {
  try {
    waiting.resolve(answer())
  } catch (error) {
    waiting.reject(error)
  }
}

function rethrow(error: unknown): never {
  throw error
}
