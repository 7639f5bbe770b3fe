/** The next step of an agent's edit: what is asked of the model, or which program is checked. */
import { type EditState, hearCheck, hearEdit, nextEditStep } from '../../agents/edit-dialogue.js'
import type { TaskText } from '../../agents/prompt.js'
import { llmLimit } from '../../domain/budget.js'
import type { Check, CheckResult } from '../../domain/dialogue.js'
import type { ProgramFiles } from '../../domain/program.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { agentStudy, editContext } from './agent-turn.js'
import type { Consultation } from './consultation-step.js'

/** What the service knows of tasks and programs. */
export interface TaskSite {
  filesOf(study: string, hash: string): Promise<ProgramFiles>
  taskOf(study: HeldStudy): Promise<TaskText>
  /** Reads the program, and runs it for seconds unless its normal form is known. */
  check(study: HeldStudy, asked: Check): Promise<CheckResult>
}

export async function agentConsultation(
  study: HeldStudy,
  { number, proposal }: OpenTrial,
  tasks: TaskSite,
): Promise<Consultation> {
  const given = agentStudy(study)!
  const { step, state: said } = proposal!.dialogue!
  const state = said as EditState
  const [task, parent] = await Promise.all([
    tasks.taskOf(study),
    tasks.filesOf(study.id, state.choice.parent),
  ])
  const context = editContext(study, given, number, state.model, task)
  const { agent } = given
  return {
    settings: {
      ...agent,
      model: state.model ?? '',
      temperature: agent.temperature ?? null,
      state: { round: number, incumbent: study.history.best[0]?.params ?? null, space: study.space },
    },
    next: nextEditStep(context, state, parent),
    step,
    hear: (text) => hearEdit(context, state, parent, text),
    check: (asked) => tasks.check(study, asked),
    hearCheck: (result) => hearCheck(context, state, parent, result),
    limit: state.model === null ? null : llmLimit(study.spec.budget, study.counters, 0),
  }
}
