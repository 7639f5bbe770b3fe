/** The rules that are compared: ours by the code that studies use, and those of the published systems. */
import { decideKeep } from '../../src/agents/keep-rules.js'
import { type AgentEvent, EMPTY_LEDGER, ledgerAfter } from '../../src/agents/ledger.js'
import type { KeepRule } from '../../src/domain/agent.js'
import type { Judge, Runs } from './simulated-study.js'

export interface Rule {
  readonly id: string
  readonly about: string
  readonly ours: boolean
  open(noise: number): Judge
}

type Confirmed = Extract<KeepRule, { rule: 'confirmed' }>

function confirmed(more: Partial<Confirmed> = {}): Confirmed {
  return { rule: 'confirmed', alpha: 0.05, beta: 0.2, pairs: 6, ...more }
}

export const rules: readonly Rule[] = [
  {
    id: 'lower',
    about: 'any lower value than the best so far, one run each (autoresearch, fullautoresearch)',
    ours: false,
    open: () => byLedger({ rule: 'lower' }, null),
  },
  {
    id: 'two-seeds',
    about: 'lower mean of two seeds, the second skipped where the first is worse (the task framework)',
    ours: false,
    open: () => ({ keeps: twoSeeds }),
  },
  {
    id: 'by-2-sd',
    about: 'one run that is lower by two known standard deviations of a difference',
    ours: false,
    open: (noise) => ({ keeps: ({ kept, edited }) => kept(0) - edited(0) > 2 * Math.SQRT2 * noise }),
  },
  {
    id: 'confirmed',
    about: 'paired seeds, sequential, at most 6 pairs; the noise is estimated by the study',
    ours: true,
    open: () => byLedger(confirmed(), null),
  },
  {
    id: 'confirmed-known',
    about: 'the same, the noise known',
    ours: true,
    open: (noise) => byLedger(confirmed(), noise),
  },
  {
    id: 'confirmed-gain',
    about: 'at most 6 pairs, a gain of 0.001 sought where they can find it, the noise estimated',
    ours: true,
    open: () => byLedger(confirmed({ gain: 0.001 }), null),
  },
  {
    id: 'confirmed-12',
    about: 'at most 12 pairs, the noise estimated',
    ours: true,
    open: () => byLedger(confirmed({ pairs: 12 }), null),
  },
  {
    id: 'confirmed-.2',
    about: 'at most 6 pairs, alpha .2 instead of .05, the noise estimated',
    ours: true,
    open: () => byLedger(confirmed({ alpha: 0.2 }), null),
  },
]

function twoSeeds({ kept, edited }: Runs): boolean {
  if (edited(0) > kept(0)) return false
  return (edited(0) + edited(1)) / 2 < (kept(0) + kept(1)) / 2
}

/** Plays the events of a study into the ledger, and makes every run that the rule asks for. */
function byLedger(rule: KeepRule, noise: number | null): Judge {
  let ledger = EMPTY_LEDGER
  let number = 0
  const tell = (event: AgentEvent) => {
    ledger = ledgerAfter(ledger, event, rule, noise)
  }
  const run = (hash: string, seed: number, value: number) =>
    tell({ kind: 'ran', hash, run: { number, seed, outcome: 'complete', value }, tail: null })
  const propose = (parent: string | null) => {
    const hash = String(number++)
    tell({ kind: 'proposed', program: { ...NEW_PROGRAM, hash, normal: hash, parent, number } })
    return hash
  }
  return {
    keeps({ kept, edited }) {
      if (number === 0) run(propose(null), 0, kept(0))
      const parent = ledger.kept.at(-1)!
      const own = propose(parent)
      run(own, 0, edited(0))
      for (;;) {
        const decision = decideKeep(rule, ledger, own, noise)
        if (decision.is !== 'undecided') return decision.is === 'kept'
        const { hash, seed } = decision.run
        run(hash, seed, hash === own ? edited(seed) : kept(seed))
      }
    },
  }
}

const NEW_PROGRAM = {
  description: '',
  category: 'other',
  model: null,
  constants: {},
  linesChanged: 1,
  lines: 100,
}
