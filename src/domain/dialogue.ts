/**
 * A dialogue is how a language model comes to one decision: a question, or several that depend on what was said before. It is pure.
 * Its state is stored with the trial at each step, so another server goes on where one ended, and no answer is paid for twice.
 */
import type { Value } from '../../search-spaces/index.js'
import type { Fallback } from './advice.js'
import type { CallOutcome, CallPurpose } from './enums.js'
import type { Inspection, ProgramEdit, ProgramFiles, SmokeResult, StoredProgram } from './program.js'

export interface Prompt {
  /** Name and version of the template. A released template is never changed; an improved one gets the next number. */
  readonly name: string
  readonly system: string
  readonly user: string
  /** The estimated length. */
  readonly tokens: number
}

/** One question to the model. */
export interface Ask {
  readonly purpose: CallPurpose
  /** The form of the answer, as a JSON schema; null for an answer in free text. */
  readonly schema: Readonly<Record<string, unknown>> | null
  /** Null if the prompt does not fit into the context even without history. */
  write(charactersPerToken: number, contextTokens: number): Prompt | null
}

/** How a call is recorded: an answer that cannot be used says why. */
export interface CallNote {
  readonly outcome: CallOutcome
  readonly message: string | null
}

/** A step without a call: a program is read and run for seconds. */
export interface Check {
  readonly purpose: 'check'
  readonly files: ProgramFiles
  /** Normal forms that need no run of seconds, because they are refused as known. */
  readonly known: ReadonlySet<string>
}

export interface CheckResult {
  readonly inspection: Inspection
  /** Null where it was not run. */
  readonly smoke: SmokeResult | null
}

export const ANSWERED: CallNote = { outcome: 'answered', message: null }

/** What an answer amounts to. */
export type Heard<State> =
  | { readonly kind: 'continue'; readonly state: State; readonly call: CallNote }
  | {
      readonly kind: 'decided'
      /** Values by parameter name; the optimizer's own stand for those that are left out. */
      readonly params: Readonly<Record<string, Value>>
      readonly note: string | null
      /** Stored with the trial's proposal, for people. */
      readonly more?: Readonly<Record<string, unknown>>
    }
  | {
      readonly kind: 'edited'
      readonly program: StoredProgram
      /** How it is told of in the trial's proposal. */
      readonly edit: ProgramEdit
      /** The index of the seed of its first run. */
      readonly seed: number
      readonly note: string | null
    }
  | {
      readonly kind: 'failed'
      readonly reason: Exclude<Fallback, 'nothing_known' | 'unpromising'>
      readonly message: string
    }

/** Where a dialogue stands: stored in the proposal of a trial that waits for it. */
export interface DialogueStand {
  /** How many steps are done: what is delivered for another step is not used. */
  readonly step: number
  readonly state: unknown
}
