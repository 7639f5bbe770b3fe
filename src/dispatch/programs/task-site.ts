/** What agents are told of the task of their study, and how their programs are checked before they run. */
import type { Check, CheckResult } from '../../domain/dialogue.js'
import { Fault } from '../../faults.js'
import type { Database } from '../../storage/database.js'
import { readFiles } from '../../storage/programs.js'
import type { TaskSite } from '../../trials/commands/agent-consultation.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import type { Trainers } from '../profiles/profiles.js'
import { promptOf } from './baseline.js'
import { inspectProgram } from './inspect.js'
import { smokeRun } from './smoke.js'

export function taskSite(database: Database, trainers: Trainers): TaskSite {
  return {
    filesOf: (study, hash) => readFiles(database, study, hash),
    taskOf: async ({ spec, space }) => {
      const profile = taskNamed(trainers, spec.trainer)
      const { metric, direction } = spec.objective
      return {
        text: await promptOf(profile),
        metric,
        direction,
        editable: profile.editable,
        trainSeconds: profile.budgetSeconds,
        memoryGb: profile.memoryLimitGb ?? null,
        constants: space.searched.map(({ name }) => name),
      }
    },
    check: (study, asked) => checkProgram(taskNamed(trainers, study.spec.trainer), asked),
  }
}

async function checkProgram(profile: ProcessProfile, { files, known }: Check): Promise<CheckResult> {
  const inspection = await inspectProgram(profile, files)
  const runs = inspection.ok && !known.has(inspection.normal)
  return { inspection, smoke: runs ? await smokeRun(profile, files) : null }
}

/** The profile of a trainer whose source may be edited. */
export function taskNamed(trainers: Trainers, name: string | undefined): ProcessProfile {
  const profile = name === undefined ? undefined : trainers.get(name)?.profile
  if (profile?.kind === 'process' && profile.editable.length > 0) return profile
  const tasks = [...trainers.values()].flatMap(({ profile: one }) =>
    one.kind === 'process' && one.editable.length > 0 ? [one.name] : [],
  )
  const message =
    name === undefined
      ? `an agent needs a task whose source it edits: choose ${tasks.join(', ')}`
      : `the trainer ${name} has no source that may be edited: choose ${tasks.join(', ')}, or name "editable" files in its profile`
  throw new Fault('invalid_request', `trainer: ${message}`, { errors: [{ path: 'trainer', message }] })
}
