/**
 * A study as the server holds it between turns: its row, its open trials, its search and what its advisor remembers. All of
 * it can be rebuilt from the database (read-held-study.ts); `seq` is the number of the last event that it contains.
 */

import type { Json } from '../../optimizers/contract.js'
import type { Proposed } from '../../optimizers/search.js'
import type { Params, Space } from '../../search-spaces/index.js'
import type { AdvisorHistory } from '../advisors/advisor-history.js'
import type { AgentLedger } from '../agents/ledger-types.js'
import type { StudySearch } from '../compute/study-search.js'
import type { Counters } from '../domain/counters.js'
import type { DialogueStand } from '../domain/dialogue.js'
import type { StudyState } from '../domain/enums.js'
import type { TrialOrigin } from '../domain/imported-trial.js'
import type { StudyAdvisor } from '../domain/methods.js'
import type { TrialProgram } from '../domain/program.js'
import type { StudySpec } from '../domain/spec.js'
import type { KnownConfigurations } from './known-configurations.js'

/** Where a configuration came from: stored beside it with the trial. */
export interface Proposal extends Omit<Proposed, 'number' | 'params' | 'memo'> {
  /** On the advisor's turn: the advisor, and what the optimizer would have run. */
  readonly requested?: string
  readonly optimizerParams?: Params
  /** The advisor's reasoning, or what went wrong. */
  readonly note?: string
  /** While its advisor is asked: what was said so far. */
  readonly dialogue?: DialogueStand
  /** Where it runs an edited program, or the program that edits start from. */
  readonly program?: TrialProgram
  /** Of a confirmation run: the trial that it repeats. */
  readonly confirms?: number
  readonly duplicateOf?: number
  /** Of an imported trial of another study: which one it was. */
  readonly origin?: TrialOrigin
}

export interface OpenTrial {
  readonly number: number
  readonly params: Params
  readonly memo: Json | null
  readonly source: string
  readonly state: 'proposing' | 'ready' | 'running'
  /** While it is proposing: the optimizer's own proposal. */
  readonly proposal: Proposal | null
  /** The number of the running or the last attempt; 0 before the first. */
  readonly attempt: number
  readonly worker: string | null
  readonly token: string | null
  readonly reservedSeconds: number
  readonly program: TrialProgram | null
}

export interface HeldStudy {
  readonly id: string
  readonly name: string
  spec: StudySpec
  readonly space: Space
  readonly advisor: StudyAdvisor | null
  state: StudyState
  reason: string | null
  seq: number
  nextNumber: number
  counters: Counters
  best: { readonly number: number; readonly value: number } | null
  /** proposing, ready and running, by number. */
  readonly open: Map<number, OpenTrial>
  readonly known: KnownConfigurations
  readonly search: StudySearch
  /** The advisor's memory: like the search, a fold of the log. */
  history: AdvisorHistory
  /** What is known of its programs, likewise; null where nobody edits. */
  ledger: AgentLedger | null
  /** How many observations the search has, and how many of them the stored snapshot has. */
  observations: number
  snapshotObservations: number
}

/** An optimizer minimises: values of a study that maximises change their sign on the way in and out. */
export function directionSign({ spec }: Pick<HeldStudy, 'spec'>): 1 | -1 {
  return spec.objective.direction === 'maximize' ? -1 : 1
}

/** What V8 needs for one configuration that is known, and for one open trial. */
const KNOWN_BYTES = 110
const OPEN_BYTES = 2000
const HISTORY_BYTES = 50_000

/** About how much memory it takes. */
export function heldBytes({ search, known, open }: HeldStudy): number {
  return search.bytes() + known.firsts().size * KNOWN_BYTES + open.size * OPEN_BYTES + HISTORY_BYTES
}
