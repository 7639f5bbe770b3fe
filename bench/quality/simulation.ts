/**
 * A search on a virtual clock: workers ask, train for as long as the landscape says, and tell in the order in which
 * they finish, so that asks meet trials that are still running. Hours pass in milliseconds.
 */
import type { FailureKind } from '../../optimizers/contract.js'
import type { Params } from '../../search-spaces/types.js'

/** Whoever proposes: one of our searches, or a peer in another process. It is never asked twice at once. */
export interface Searcher {
  ask(number: number): Promise<Params>
  tell(number: number, ending: Ending): Promise<void>
}

export type Result =
  | { readonly outcome: 'complete'; readonly value: number }
  | { readonly outcome: FailureKind }

/** How a trial ends once it runs. */
export interface Ending {
  readonly params: Params
  readonly result: Result
  /** From start to end, compilation and evaluation included: when the worker is free again. */
  readonly wallSeconds: number
  /** What the budget pays: the counted training time of a success, the process time of a failure. */
  readonly chargedSeconds: number
  /** Absent where nothing was measured. */
  readonly peakMemoryMb?: number
}

export interface Trial extends Ending {
  readonly number: number
  /** The budget spent once this trial had been told. */
  readonly spentSeconds: number
}

export interface Terms {
  readonly workers: number
  readonly budgetSeconds: number
  /** What a trial can cost at most: reserved while it runs, so that the budget is never overdrawn. */
  readonly trialSeconds: number
}

/** The trials in the order in which they ended. */
export async function simulate(
  searcher: Searcher,
  train: (number: number, params: Params) => Ending,
  { workers, budgetSeconds, trialSeconds }: Terms,
): Promise<Trial[]> {
  const running: Running[] = []
  const ended: Trial[] = []
  let [now, spentSeconds] = [0, 0]
  const affordsOneMore = () => spentSeconds + (running.length + 1) * trialSeconds <= budgetSeconds
  for (let number = 0; ; ) {
    while (running.length < workers && affordsOneMore()) {
      const ending = train(number, await searcher.ask(number))
      running.push({ number: number++, ending, endsAt: now + ending.wallSeconds })
    }
    if (running.length === 0) return ended
    const first = takeFirst(running)
    now = first.endsAt
    spentSeconds += first.ending.chargedSeconds
    await searcher.tell(first.number, first.ending)
    ended.push({ ...first.ending, number: first.number, spentSeconds })
  }
}

interface Running {
  readonly number: number
  readonly ending: Ending
  readonly endsAt: number
}

/** The one that ends first; of two that end together, the one that started first. */
function takeFirst(running: Running[]): Running {
  const first = running.reduce((a, b) => (b.endsAt < a.endsAt ? b : a))
  running.splice(running.indexOf(first), 1)
  return first
}
