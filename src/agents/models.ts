/**
 * Chooses among several models by an upper confidence bound on the gain per dollar (Auer, Cesa-Bianchi & Fischer 2002,
 * Finite-time analysis of the multiarmed bandit problem; divided by the mean cost as in Tran-Thanh et al. 2012,
 * Knapsack based optimal policies for budget-limited multi-armed bandits). Keyed by (seed, number).
 */
import { shuffle, stream } from '../../optimizers/rng.js'
import type { AgentLedger } from './ledger-types.js'
import { meanValue } from './program-values.js'

export interface ModelCost {
  /** Of all its calls, those of refused answers too. */
  readonly dollars: number
  /** Trials for which it was asked, whatever came of them; those that it writes now are among them. */
  readonly turns: number
}

export interface ModelQuestion {
  readonly models: readonly string[]
  readonly costs: Readonly<Record<string, ModelCost>>
  readonly seed: number
  readonly number: number
}

export interface ModelScore {
  readonly model: string
  readonly turns: number
  /** The mean gain of its turns, in the largest gain of any. */
  readonly gain: number
  readonly dollarsPerTurn: number
  /** Infinite for a model that was never asked. */
  readonly bound: number
}

const STREAM = 0x30de15

export function chooseModel(ledger: AgentLedger, question: ModelQuestion): string {
  const scores = scoreModels(ledger, question)
  const most = Math.max(...scores.map(({ bound }) => bound))
  const best = scores.filter(({ bound }) => bound === most)
  return shuffle(stream(question.seed, question.number, STREAM), best)[0]!.model
}

/** An edit that is being written is a turn without gain so far, so several at once go to several models. */
export function scoreModels(ledger: AgentLedger, { models, costs }: ModelQuestion): ModelScore[] {
  const gains = gainsByModel(ledger)
  const largest = Math.max(0, ...[...gains.values()].flat())
  const turnsOf = (model: string) => costs[model]?.turns ?? 0
  const all = models.reduce((sum, model) => sum + turnsOf(model), 0)
  return models.map((model) => {
    const turns = turnsOf(model)
    const own = gains.get(model) ?? []
    const gain = turns === 0 || largest === 0 ? 0 : own.reduce((a, b) => a + b, 0) / largest / turns
    const dollarsPerTurn = costOf(costs[model])
    const bound = turns === 0 ? Infinity : (gain + Math.sqrt((2 * Math.log(all)) / turns)) / dollarsPerTurn
    return { model, turns, gain, dollarsPerTurn, bound }
  })
}

/** Where nothing costs anything, all cost the same. */
function costOf(known: ModelCost | undefined): number {
  const own = known === undefined || known.turns === 0 ? 0 : known.dollars / known.turns
  return own > 0 ? own : FREE
}

/** A call without a price must not divide by zero, nor be infinitely better than one of a cent. */
const FREE = 0.001

/** How much lower than its parent each kept program is. */
function gainsByModel({ programs }: AgentLedger): Map<string, number[]> {
  const gains = new Map<string, number[]>()
  const byHash = new Map(programs.map((program) => [program.hash, program]))
  for (const program of programs) {
    const parent = program.parent === null ? undefined : byHash.get(program.parent)
    if (program.model === null || program.status !== 'kept' || parent === undefined) continue
    const [value, theirs] = [meanValue(program), meanValue(parent)]
    if (value === null || theirs === null) continue
    gains.set(program.model, [...(gains.get(program.model) ?? []), Math.max(0, theirs - value)])
  }
  return gains
}
