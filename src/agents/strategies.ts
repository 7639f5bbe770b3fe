/** Chooses from which program the next edit starts, and what kind of edit is asked for. Keyed by (seed, number). */
import { type Rng, stream } from '../../optimizers/rng.js'
import type { AgentSpec, Strategy } from '../domain/agent.js'
import type { AgentLedger, KnownProgram } from './ledger-types.js'
import { keptProgram, meanValue } from './program-values.js'

export const MODES = ['improve', 'explore', 'simplify', 'fix'] as const
export type Mode = (typeof MODES)[number]

export interface ParentChoice {
  readonly parent: string
  readonly mode: Mode
}

/** An edit that is being asked for, or whose program runs for the first time. */
export interface RunningEdit {
  readonly number: number
  readonly parent: string
  readonly mode: Mode
}

export interface ChoiceKey {
  /** The study's seed and the trial's number. */
  readonly seed: number
  readonly number: number
  readonly running: readonly RunningEdit[]
}

type Spec = Pick<AgentSpec, 'strategy' | 'control' | 'prompt'>

const STREAM = 0xa9e4701

/** Null until the baseline has a complete run, since there is nothing to start from before. */
export function chooseParent(ledger: AgentLedger, spec: Spec, key: ChoiceKey): ParentChoice | null {
  const baseline = ledger.programs[0]
  const kept = keptProgram(ledger)
  if (baseline === undefined || kept === null) return null
  if (spec.control === 'independent') return { parent: baseline.hash, mode: 'improve' }
  if (spec.control !== undefined) return { parent: kept.hash, mode: 'improve' }
  const fixed = spec.prompt === 'faithful' ? null : programToFix(ledger, key)
  if (fixed !== null) return { parent: fixed.hash, mode: 'fix' }
  const rng = stream(key.seed, key.number, STREAM)
  const parent = PARENTS[spec.strategy](ledger, key, rng)
  return { parent: parent.hash, mode: chooseMode(ledger, spec, key, parent, rng) }
}

/** So many discards in a row make top-k take another parent, and greedy explore. */
const DRY = 5
const EXPLORE_EVERY = 5
const SIMPLIFY_CHANCE = 0.1

function chooseMode(ledger: AgentLedger, spec: Spec, key: ChoiceKey, parent: KnownProgram, rng: Rng): Mode {
  if (spec.prompt !== 'default') return 'improve'
  const dry = discardsInRow(ledger)
  if (spec.strategy === 'greedy' ? dry > 0 && dry % DRY === 0 : key.number % EXPLORE_EVERY === 0)
    return 'explore'
  return parent.parent !== null && rng.uniform() < SIMPLIFY_CHANCE ? 'simplify' : 'improve'
}

/** Attempts to repair what one edit broke. */
const MOST_FIXES = 2
const FIXABLE = ['crashed', 'diverged', 'invalid', 'oom']

/** The newest program, where it crashed, nobody repairs it yet, and it is not itself the last attempt at a repair. */
function programToFix(ledger: AgentLedger, { running }: ChoiceKey): KnownProgram | null {
  const newest = ledger.programs.findLast(({ status }) => status !== 'pending')
  if (newest?.status !== 'crashed' || newest.parent === null) return null
  const outcome = newest.runs.at(-1)?.outcome
  if (outcome === undefined || !FIXABLE.includes(outcome)) return null
  if (ledger.programs.some(({ parent }) => parent === newest.hash)) return null
  if (running.some(({ parent }) => parent === newest.hash)) return null
  return crashesAbove(ledger, newest) >= MOST_FIXES ? null : newest
}

function crashesAbove(ledger: AgentLedger, program: KnownProgram): number {
  const parent = ledger.programs.find(({ hash }) => hash === program.parent)
  return parent?.status === 'crashed' ? 1 + crashesAbove(ledger, parent) : 0
}

export function discardsInRow(ledger: AgentLedger): number {
  const settled = ledger.programs.filter(({ status }) => status !== 'pending')
  return settled.length - 1 - settled.findLastIndex(({ status }) => status === 'kept')
}

type ChooseParent = (ledger: AgentLedger, key: ChoiceKey, rng: Rng) => KnownProgram

const greedy: ChooseParent = (ledger) => keptProgram(ledger)!

const RANK_WEIGHTS = [0.7, 0.2, 0.1]

/** One of the best three; after five discards in a row not the best. */
const topK: ChooseParent = (ledger, _key, rng) =>
  byRank(rankPrograms(ledger.programs), discardsInRow(ledger), rng)

function byRank(ranked: readonly KnownProgram[], dry: number, rng: Rng): KnownProgram {
  const pool = ranked.slice(0, RANK_WEIGHTS.length)
  const others = dry > 0 && dry % DRY === 0 && pool.length > 1 ? pool.slice(1) : pool
  return pickWeighted(others, RANK_WEIGHTS.slice(pool.length - others.length), rng)
}

/** Every program that ran: good ones that have few children yet are likelier. */
const weighted: ChooseParent = (ledger, { running }, rng) => {
  const ranked = rankPrograms(ledger.programs)
  const children = (hash: string) =>
    [...ledger.programs, ...running].filter(({ parent }) => parent === hash).length
  return pickWeighted(
    ranked,
    ranked.map(({ hash }, rank) => (rank + 1) ** -1 / (1 + children(hash))),
    rng,
  )
}

const ISLANDS = 4
/** Trials of one island between two visits of its neighbour's best. */
const VISIT_EVERY = 10

/** Each number belongs to an island, and each program to that of its first trial. The baseline belongs to all. */
const islands: ChooseParent = (ledger, { number }, rng) => {
  const own = number % ISLANDS
  const programs = (island: number, before: number) =>
    ledger.programs.filter(
      (one) => one.parent === null || (one.number % ISLANDS === island && one.number < before),
    )
  const visit = Math.floor(number / (ISLANDS * VISIT_EVERY)) * ISLANDS * VISIT_EVERY
  const guest = rankPrograms(programs((own + ISLANDS - 1) % ISLANDS, visit))[0]
  const residents = programs(own, number)
  const all = guest === undefined || residents.includes(guest) ? residents : [...residents, guest]
  return byRank(rankPrograms(all), 0, rng)
}

const PARENTS: Readonly<Record<Strategy, ChooseParent>> = { greedy, 'top-k': topK, weighted, islands }

/** Kept programs first, because only they are known not to be lucky; each group by its mean value. */
function rankPrograms(programs: readonly KnownProgram[]): KnownProgram[] {
  const valued = programs.flatMap((program) => {
    const value = program.status === 'crashed' ? null : meanValue(program)
    return value === null ? [] : [{ program, value, group: program.status === 'kept' ? 0 : 1 }]
  })
  return valued
    .sort((a, b) => a.group - b.group || a.value - b.value || a.program.number - b.program.number)
    .map(({ program }) => program)
}

function pickWeighted<T>(items: readonly T[], weights: readonly number[], rng: Rng): T {
  const own = items.map((_, i) => weights[i]!)
  let left = rng.uniform() * own.reduce((a, b) => a + b, 0)
  for (const [i, item] of items.entries()) {
    left -= own[i]!
    if (left < 0) return item
  }
  return items.at(-1)!
}
