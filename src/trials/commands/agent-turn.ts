/**
 * The turn of a study whose agent edits programs: the baseline runs first, then the runs that the keep rule waits for; otherwise it is
 * the agent's turn, or the optimizer's with the constants of the kept program.
 */

import type { Params, Value } from '../../../search-spaces/index.js'
import { estimateNoise } from '../../advisors/advisor-history.js'
import { decideTurn } from '../../advisors/advisor-share.js'
import { beginEdit, type EditContext, type EditState } from '../../agents/edit-dialogue.js'
import type { AgentLedger, KnownProgram } from '../../agents/ledger-types.js'
import { chooseModel } from '../../agents/models.js'
import { keptProgram, programOf } from '../../agents/program-values.js'
import type { TaskText } from '../../agents/prompt.js'
import type { AgentSpec } from '../../domain/agent.js'
import { countModel } from '../../domain/counters.js'
import type { TrialProgram } from '../../domain/program.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { agentOf, runsOwed } from '../../engine/program-ledger.js'
import type { TrialDraft } from './create-trial.js'

/** The source of a run that the keep rule asked for. It never becomes the incumbent, as no repeated run does. */
export const PAIRED_SOURCE = 'agent-confirm'

export interface AgentStudy {
  readonly agent: AgentSpec
  readonly ledger: AgentLedger
}

export function agentStudy(study: HeldStudy): AgentStudy | null {
  const agent = agentOf(study.advisor)
  return agent === null || study.ledger === null ? null : { agent, ledger: study.ledger }
}

export type OwedRun =
  | { readonly is: 'run'; readonly draft: TrialDraft }
  /** Nobody can edit before the baseline has run. */
  | { readonly is: 'wait'; readonly message: string }
  | { readonly is: 'broken'; readonly reason: string }

/** What must run before anything is edited or tuned; null where nothing must. */
export async function owedRun(study: HeldStudy, { agent, ledger }: AgentStudy): Promise<OwedRun | null> {
  const [wanted] = runsOwed(ledger, agent, study.spec.objective).filter((run) => !isOpen(study, run))
  if (wanted !== undefined) {
    const program = programOf(ledger, wanted.hash)
    const isFirst = program.parent === null && program.runs.length === 0
    const draft = await draftOfRun(study, program, wanted.seed, isFirst ? 'default' : PAIRED_SOURCE)
    return { is: 'run', draft }
  }
  const baseline = ledger.programs[0]!
  if (baseline.status === 'crashed')
    return {
      is: 'broken',
      reason:
        `The baseline of the task fails, so there is nothing to edit: ${baseline.because ?? ''} ${baseline.tail ?? ''}`.trim(),
    }
  if (baseline.status === 'pending')
    return {
      is: 'wait',
      message: 'The baseline program runs first, because every edit is compared with it: ask again',
    }
  return null
}

function isOpen(
  { open }: HeldStudy,
  { hash, seed }: { readonly hash: string; readonly seed: number },
): boolean {
  return [...open.values()].some(
    ({ program }) => program?.hash === hash && program.own && program.seed === seed,
  )
}

async function draftOfRun(
  study: HeldStudy,
  program: KnownProgram,
  seed: number,
  source: string,
): Promise<TrialDraft> {
  const params = await paramsOf(study, program.constants)
  return { params, source, repairs: [], refused: 0, program: { ...identityOf(program), own: true, seed } }
}

export function identityOf({ hash, parent, normal, constants }: KnownProgram) {
  return { hash, parent, normal, constants }
}

/** A program's constants as a configuration of the space: what it has not, or outside of the range, is the nearest that there is. */
export async function paramsOf(
  study: HeldStudy,
  constants: Readonly<Record<string, Value>>,
): Promise<Params> {
  const { defaults } = study.space
  const seen = await study.search.inspect({ ...defaults, ...constants } as Params)
  return seen.ok ? seen.params : (defaults as Params)
}

/** Whether the next proposal is an edit, and not the optimizer's. */
export function isAgentsTurn({ advisor, counters }: HeldStudy): boolean {
  return advisor?.kind === 'agent' && decideTurn(advisor, counters.proposed, counters.advice.share).advisors
}

/** Edits that are asked for ahead belong to no worker: the first slot that is free runs them. At most one waits for each slot. */
export function waitsForEnough({ spec, open }: HeldStudy, { agent }: AgentStudy): boolean {
  const waiting = [...open.values()].filter(({ state, program }) => {
    return state === 'proposing' || (state === 'ready' && program?.edit !== undefined)
  })
  return agent.ahead === true && waiting.length >= spec.parallel
}

/** What the optimizer tunes: the constants of the kept program. */
export function tunedProgram({ ledger }: AgentStudy): TrialProgram {
  return { ...identityOf(keptProgram(ledger)!), own: false, seed: 0 }
}

/** The dialogue of the agent's next trial, as it begins. */
export function beginAgentsEdit(study: HeldStudy, given: AgentStudy): EditState {
  const model = modelOf(study, given)
  if (given.agent.models !== undefined) study.counters = countModel(study.counters, model!, 1, 0)
  return beginEdit(editContext(study, given, study.nextNumber, model, NO_TASK))!
}

function modelOf({ spec, nextNumber, counters }: HeldStudy, { agent, ledger }: AgentStudy): string | null {
  const { model, models } = agent
  if (models === undefined) return model ?? null
  const costs = counters.advice.models ?? {}
  return chooseModel(ledger, { models, costs, seed: spec.seed, number: nextNumber })
}

/** Where no prompt is written. */
export const NO_TASK: TaskText = {
  text: '',
  metric: '',
  direction: 'minimize',
  editable: [],
  trainSeconds: null,
  memoryGb: null,
  constants: [],
}

export function editContext(
  study: HeldStudy,
  { agent, ledger }: AgentStudy,
  number: number,
  model: string | null,
  task: TaskText,
): EditContext {
  const others = [...study.open.values()].filter((trial) => trial.number !== number)
  const running = others.flatMap(runningEdit)
  const known = new Set([
    ...ledger.programs.map(({ normal }) => normal),
    ...others.flatMap(({ program }) => (program === null ? [] : [program.normal])),
  ])
  const { space, spec } = study
  return { agent, ledger, space, seed: spec.seed, number, running, known, noise: noiseOf(study), model, task }
}

function runningEdit({ number, proposal, program }: OpenTrial): EditContext['running'][number][] {
  const stand = proposal?.dialogue?.state as EditState | undefined
  if (stand !== undefined) {
    const { parent, mode } = stand.choice
    return [{ number, parent, mode, description: stand.candidate?.description ?? null }]
  }
  if (!program?.edit || program.parent === null) return []
  const { mode, description } = program.edit
  return [{ number, parent: program.parent, mode: mode as never, description }]
}

function noiseOf({ spec, history }: HeldStudy): number | null {
  return spec.objective.noise ?? estimateNoise(history)
}
