/**
 * A study as a journal file of Optuna, which is lines of JSON:
 * `JournalStorage(JournalFileBackend("first.log"))` opens it. The operations are those of optuna/storages/journal/_storage.py.
 */
import type { ParameterSpec, SpaceSpec } from '../../../search-spaces/index.js'

const [CREATE_STUDY, CREATE_TRIAL] = [0, 4]
const MINIMIZE = 1
const MAXIMIZE = 2
/** Of optuna.trial.TrialState. */
const STATES: Readonly<Record<string, number>> = { complete: 1, pruned: 2, failed: 3 }

type Value = number | string | boolean

export interface JournalStudy {
  readonly name: string
  readonly space: SpaceSpec
  readonly direction: 'minimize' | 'maximize'
}

export interface JournalTrial {
  readonly number: number
  readonly state: string
  readonly params: Readonly<Record<string, Value>>
  readonly value?: number
  readonly proposal: { readonly source: string }
  readonly createdAt: string
  readonly settledAt?: string
}

interface Distribution {
  readonly text: string
  /** Optuna stores numbers as they are, and a choice by its place. */
  readonly internal: (value: Value) => number
}

export class OptunaJournal {
  private readonly distributions: ReadonlyMap<string, Distribution>

  constructor(private readonly study: JournalStudy) {
    const parameters = Object.entries(study.space.parameters)
    this.distributions = new Map(parameters.map(([name, parameter]) => [name, distributionOf(parameter)]))
  }

  head(): string {
    const { name, direction } = this.study
    return line(CREATE_STUDY, {
      study_name: name,
      directions: [direction === 'maximize' ? MAXIMIZE : MINIMIZE],
    })
  }

  /** Empty for a trial that has not ended, or that was cancelled. */
  trial(trial: JournalTrial): string {
    const state = STATES[trial.state]
    if (state === undefined) return ''
    const params = Object.entries(trial.params).filter(([name]) => this.distributions.has(name))
    return line(CREATE_TRIAL, {
      study_id: 0,
      datetime_start: optunaTime(trial.createdAt),
      datetime_complete: optunaTime(trial.settledAt ?? trial.createdAt),
      state,
      value: state === STATES.failed ? null : (trial.value ?? null),
      values: null,
      distributions: Object.fromEntries(params.map(([name]) => [name, this.distributions.get(name)!.text])),
      params: Object.fromEntries(
        params.map(([name, value]) => [name, this.distributions.get(name)!.internal(value)]),
      ),
      user_attrs: { chiron_number: trial.number, chiron_source: trial.proposal.source },
      system_attrs: {},
      intermediate_values: {},
    })
  }
}

function line(operation: number, fields: object): string {
  return `${JSON.stringify({ op_code: operation, worker_id: 'chiron', ...fields })}\n`
}

/** Optuna reads an offset in numbers. */
function optunaTime(time: string): string {
  return time.replace(/Z$/, '+00:00')
}

function distributionOf(parameter: ParameterSpec): Distribution {
  switch (parameter.type) {
    case 'float':
      return numeric(
        'FloatDistribution',
        parameter.low,
        parameter.high,
        parameter.log ?? false,
        parameter.step ?? null,
      )
    case 'int':
      return numeric(
        'IntDistribution',
        parameter.low,
        parameter.high,
        parameter.log ?? false,
        parameter.step ?? 1,
      )
    case 'bool':
      return choice([false, true])
    case 'fixed':
      return choice([parameter.value])
    default:
      return choice(parameter.choices)
  }
}

function numeric(name: string, low: number, high: number, log: boolean, step: number | null): Distribution {
  return { text: JSON.stringify({ name, attributes: { step, low, high, log } }), internal: Number }
}

function choice(choices: readonly Value[]): Distribution {
  return {
    text: JSON.stringify({ name: 'CategoricalDistribution', attributes: { choices } }),
    internal: (value) => choices.indexOf(value),
  }
}
