/**
 * How an agent comes to one edited program: choose a parent, ask for an edit, apply it, have it read and run for seconds; what is refused
 * on the way is told to the model, as often as `repairs` allows. Pure: its state is stored with the trial at each step.
 */
import type { Space } from '../../search-spaces/index.js'
import type { Fallback } from '../domain/advice.js'
import type { AgentSpec } from '../domain/agent.js'
import { ANSWERED, type Ask, type Check, type CheckResult, type Heard } from '../domain/dialogue.js'
import { type ProgramFiles, programHash, type StoredProgram } from '../domain/program.js'
import { countLines, linesChanged } from './diff.js'
import { editByScript, type ScriptedEditor } from './editors.js'
import { applyEdits, type EditProblem, parseAnswer } from './edits.js'
import type { AgentLedger } from './ledger-types.js'
import { programOf } from './program-values.js'
import {
  buildEditPrompt,
  type EditPrompt,
  type EditPromptContext,
  type RunningProgram,
  repairPrompt,
  type TaskText,
} from './prompt.js'
import { chooseParent, type ParentChoice, type RunningEdit } from './strategies.js'

export interface EditContext {
  readonly agent: AgentSpec
  readonly task: TaskText
  readonly space: Space
  readonly seed: number
  readonly number: number
  readonly ledger: AgentLedger
  readonly running: readonly (RunningEdit & RunningProgram)[]
  /** Normal forms of programs that are known or run now. */
  readonly known: ReadonlySet<string>
  readonly noise: number | null
  /** The model of this trial; null of a control without one. */
  readonly model: string | null
}

interface Refusal {
  readonly problem: string
  readonly message: string
  readonly tail: string | null
  /** The answer that was refused. */
  readonly answer: string
}

/** An edit that applies, before its program was read. */
interface Candidate {
  readonly files: ProgramFiles
  readonly description: string
  readonly category: string
  readonly seed: number
  readonly answer: string
}

export interface EditState {
  readonly choice: ParentChoice
  readonly model: string | null
  /** How many edits were refused. */
  readonly refused: number
  readonly refusal: Refusal | null
  readonly candidate: Candidate | null
}

/** Null until a program is kept, since there is nothing to edit before the baseline has run. */
export function beginEdit(context: EditContext): EditState | null {
  const { agent, seed, number, running, model } = context
  const choice = chooseParent(context.ledger, agent, { seed, number, running })
  return choice && { choice, model, refused: 0, refusal: null, candidate: null }
}

/** What comes next: a question to the model, or the check of a candidate. A control without a model begins with the check. */
export function nextEditStep(
  context: EditContext,
  state: EditState,
  parent: ProgramFiles,
): Ask | Check | Heard<EditState> {
  const candidate = state.candidate ?? (state.model === null ? scripted(context, state, parent) : null)
  if (candidate !== null && 'kind' in candidate) return candidate
  if (candidate !== null) return { purpose: 'check', files: candidate.files, known: knownTo(context) }
  const prompt = promptContext(context, state, parent)
  return {
    purpose: 'edit',
    schema: null,
    write: (charactersPerToken, contextTokens) => {
      const agent = { ...prompt.agent, contextTokens }
      return promptOf({ ...prompt, agent }, state, charactersPerToken)
    },
  }
}

/** Controls run the same program again on purpose. */
function knownTo({ agent, known }: EditContext): ReadonlySet<string> {
  return agent.control === 'no-op' || agent.control === 'seed-only' ? new Set() : known
}

function scripted(
  context: EditContext,
  { choice }: EditState,
  files: ProgramFiles,
): Candidate | Heard<EditState> {
  const { agent, space, seed, number, ledger } = context
  const { constants } = programOf(ledger, choice.parent)
  const kind = agent.control as ScriptedEditor
  const edit = editByScript(kind, { files, constants, space, seed, number })
  if (!edit.ok) return { kind: 'failed', reason: 'inapplicable', message: edit.message }
  return {
    files: edit.files,
    description: edit.description,
    category: edit.category,
    seed: edit.seed,
    answer: '',
  }
}

function promptContext(context: EditContext, { choice }: EditState, files: ProgramFiles): EditPromptContext {
  const { agent, task, number, ledger, running, noise } = context
  return { agent, task, number, ledger, running, noise, choice, files }
}

/** The model sees the answer that was refused, and why: without the answer, where it leaves no room for the source. */
function promptOf(
  context: EditPromptContext,
  { refusal, refused }: EditState,
  charactersPerToken: number,
): EditPrompt | null {
  if (refusal === null) return buildEditPrompt(context, charactersPerToken)
  const { problem, message, tail, answer } = refusal
  const left = context.agent.repairs - refused
  const repair = repairPrompt({ problem: problem as EditProblem, message, tail, left })
  return (
    buildEditPrompt(context, charactersPerToken, `\n\nYou answered:\n\n${answer}\n\n${repair}`) ??
    buildEditPrompt(
      context,
      charactersPerToken,
      `\n\nYour answer of ${answer.length} characters is left out.\n\n${repair}`,
    )
  )
}

/** What the model's answer amounts to: a candidate, or a refusal. */
export function hearEdit(
  context: EditContext,
  state: EditState,
  parent: ProgramFiles,
  text: string,
): Heard<EditState> {
  const { agent, task } = context
  const read = parseAnswer(text, agent.format)
  if (!read.ok) return refuse(context, state, 'unparseable', { ...read, tail: null, answer: text })
  const applied = applyEdits(parent, read.edits, { editable: task.editable })
  if (!applied.ok) return refuse(context, state, 'inapplicable', { ...applied, tail: null, answer: text })
  const { description, category } = read
  const candidate = { files: applied.files, description, category, seed: 0, answer: text }
  return { kind: 'continue', state: { ...state, candidate }, call: ANSWERED }
}

/** What the check of the candidate amounts to: an edited program, or a refusal. */
export function hearCheck(
  context: EditContext,
  state: EditState,
  parent: ProgramFiles,
  { inspection, smoke }: CheckResult,
): Heard<EditState> {
  const given = state.candidate ?? scripted(context, state, parent)
  if ('kind' in given) return given
  const { files, description, category, seed, answer } = given
  const asked = { ...state, candidate: null }
  if (!inspection.ok) {
    const { problem, file, line, message } = inspection
    const place = line === null ? file : `${file}, line ${line}`
    return refuse(context, asked, 'invalid_program', {
      problem,
      message: `${place}: ${message}`,
      tail: null,
      answer,
    })
  }
  const known = refuseKnown(context, state, inspection.normal)
  if (known !== null) return known
  if (smoke !== null && !smoke.ok) {
    const { outcome, message, tail } = smoke
    return refuse(context, asked, 'smoke_failed', {
      problem: outcome,
      message: `A run of seconds failed. ${message}`,
      tail,
      answer,
    })
  }
  const { choice, model } = state
  const { normal, constants } = inspection
  const program: StoredProgram = { hash: programHash(files), files, parent: choice.parent, normal, constants }
  const changed = linesChanged(parent, files)
  return {
    kind: 'edited',
    program,
    edit: {
      mode: choice.mode,
      category,
      description,
      format: context.agent.format,
      linesChanged: changed,
      lines: countLines(files),
      model,
    },
    seed,
    note: description,
  }
}

/** The refusal of a program that is known or runs now; null of any other. */
export function refuseKnown(context: EditContext, state: EditState, normal: string): Heard<EditState> | null {
  if (!knownTo(context).has(normal)) return null
  const message = `It is ${whichProgram(context, normal)} again, but for comments and layout. Propose another program.`
  const refusal = { problem: 'duplicate', message, tail: null, answer: state.candidate?.answer ?? '' }
  return refuse(context, { ...state, candidate: null }, 'duplicate', refusal)
}

function whichProgram({ ledger, running }: EditContext, normal: string): string {
  const known = ledger.programs.find((program) => program.normal === normal)
  return known === undefined && running.length > 0
    ? 'a program that runs now'
    : `the program of trial ${known?.number ?? '?'}`
}

function refuse(
  { agent }: EditContext,
  state: EditState,
  reason: Exclude<Fallback, 'nothing_known' | 'unpromising'>,
  refusal: {
    readonly problem: string
    readonly message: string
    readonly tail: string | null
    readonly answer: string
  },
): Heard<EditState> {
  const { problem, message, tail, answer } = refusal
  const refused = state.refused + 1
  if (refused > agent.repairs || state.model === null)
    return { kind: 'failed', reason, message: `${problem}: ${message}` }
  return {
    kind: 'continue',
    state: { ...state, refused, candidate: null, refusal: { problem, message, tail, answer } },
    call: { outcome: reason as never, message },
  }
}
