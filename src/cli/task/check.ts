/** `chiron task check`: what a task lacks, told one by one, and whether its baseline runs. */
import { baselineOf, promptOf } from '../../dispatch/programs/baseline.js'
import { inspectProgram } from '../../dispatch/programs/inspect.js'
import { differingFiles } from '../../dispatch/programs/locked-files.js'
import { runProgram } from '../../dispatch/programs/run-program.js'
import { smokeRun } from '../../dispatch/programs/smoke.js'
import { whyNoSandbox } from '../../dispatch/sandbox/probe.js'
import { printFindings } from '../doctor/doctor.js'
import type { Finding } from '../doctor/finding.js'
import { type FoundTask, findTask } from './find-task.js'

/** Prints the findings. Returns true if nothing is wrong. */
export async function runTaskCheck(given: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const task = await findTask(given, env)
  console.log(`The task ${task.profile.name}`)
  const findings = [
    ...machineFindings(task),
    ...editableFindings(task),
    ...(await lockedFindings(task)),
    ...judgeFindings(task),
    ...(await promptFindings(task)),
    await sandboxFinding(task),
  ]
  printFindings(findings)
  if (findings.some(({ is }) => is === 'wrong')) return false
  return runFindings(task)
}

function machineFindings({ unavailable }: FoundTask): Finding[] {
  if (unavailable === undefined) return []
  return [{ what: 'machine', is: 'wrong', says: unavailable }]
}

function editableFindings({ profile: { editable, files } }: FoundTask): Finding[] {
  const what = 'editable'
  if (editable.length === 0)
    return [
      {
        what,
        is: 'wrong',
        says: 'no file may be edited',
        todo: 'name the files of the program in "editable"',
      },
    ]
  const ending = (file: string) => files.some((f) => f.startsWith('*') && file.endsWith(f.slice(1)))
  const strangers = editable.filter((file) => !files.includes(file) && !ending(file))
  if (strangers.length === 0) return [{ what, is: 'fine', says: editable.join(', ') }]
  const todo = 'add them to "files", which a trial is given'
  return [{ what, is: 'wrong', says: `${strangers.join(', ')} are not among its files`, todo }]
}

async function lockedFindings({ profile }: FoundTask): Promise<Finding[]> {
  const what = 'locked'
  const differing = await differingFiles(profile)
  if (differing.length > 0)
    return differing.map(({ path, is }) => ({
      what,
      is: 'wrong',
      says: is === null ? `${path} is not there` : `${path} differs: its SHA-256 is ${is}`,
      todo: 'put it back, or write this hash into the profile if the change is meant',
    }))
  const names = Object.keys(profile.locked)
  if (names.length > 0) return [{ what, is: 'fine', says: names.join(', ') }]
  const todo = 'give the scorer’s files with their SHA-256: values of different scorers cannot be compared'
  return [{ what, is: 'note', says: 'no file is held by its hash', todo }]
}

function judgeFindings({ profile: { scorer, range, readable, sealed } }: FoundTask): Finding[] {
  const judged: Finding =
    scorer === undefined
      ? {
          what: 'scorer',
          is: 'wrong',
          says: 'an edited program would tell its own score',
          todo: 'give a "scorer": docs/tasks.md has an example',
        }
      : { what: 'scorer', is: 'fine', says: scorer.join(' ') }
  const ranged: Finding =
    range === undefined
      ? {
          what: 'range',
          is: 'note',
          says: 'any value is believed',
          todo: 'give the "range" in which the metric can lie',
        }
      : { what: 'range', is: 'fine', says: `${range.low} to ${range.high}` }
  const read: Finding[] = readable?.includes('{data}')
    ? [
        {
          what: 'readable',
          is: 'note',
          says: 'an edited program may read all of {data}',
          todo: 'name the training files alone if the targets lie there too',
        },
      ]
    : []
  return [judged, ranged, sealedFinding(sealed), ...read]
}

function sealedFinding(sealed: FoundTask['profile']['sealed']): Finding {
  const what = 'sealed'
  if (sealed !== undefined) return { what, is: 'fine', says: sealed.join(' ') }
  return {
    what,
    is: 'note',
    says: 'what a search recommends is judged by the data that it was chosen by',
    todo: 'give in "sealed" the scorer with data of its own, so that experiments show overfitting',
  }
}

async function promptFindings({ profile }: FoundTask): Promise<Finding[]> {
  const text = await promptOf(profile)
  if (text !== '') return [{ what: 'prompt', is: 'fine', says: `${text.length} characters` }]
  const todo = 'say in "prompt" what is measured and what a program must keep to'
  return [{ what: 'prompt', is: 'note', says: 'an agent is told nothing of the task', todo }]
}

async function sandboxFinding({ profile: { unconfined } }: FoundTask): Promise<Finding> {
  const what = 'sandbox'
  if (unconfined)
    return {
      what,
      is: 'note',
      says: 'edited programs run with the rights of the service: "unconfined" is set',
    }
  const why = await whyNoSandbox()
  if (why === undefined) return { what, is: 'fine', says: 'edited programs are confined by bubblewrap' }
  return { what, is: 'wrong', says: why, todo: 'or set "unconfined" in the profile' }
}

/** What only a run tells: each step is printed as it ends, and the first that fails is the last. */
async function runFindings({ profile, devices }: FoundTask): Promise<boolean> {
  const { files } = await baselineOf(profile)
  const steps: (() => Promise<Finding>)[] = [
    async () => {
      const read = await inspectProgram(profile, files)
      const what = 'inspection'
      if (!read.ok) return { what, is: 'wrong', says: `${read.file}:${read.line ?? 1}: ${read.message}` }
      return { what, is: 'fine', says: `${Object.keys(read.constants).length} constants of its space` }
    },
    async () => {
      const smoke = await smokeRun(profile, files)
      if (smoke.ok) return { what: 'smoke run', is: 'fine', says: `${smoke.seconds.toFixed(1)} s` }
      return { what: 'smoke run', is: 'wrong', says: `${smoke.outcome}: ${smoke.message}` }
    },
    async () => {
      const told = await runProgram(profile, files, { devices })
      const what = 'baseline'
      if (told.outcome !== 'complete') return { what, is: 'wrong', says: `${told.outcome}: ${told.message}` }
      return { what, is: 'fine', says: `${told.value} after ${told.trainSeconds!.toFixed(1)} s of training` }
    },
  ]
  for (const step of steps) {
    const finding = await step()
    printFindings([finding])
    if (finding.is === 'wrong') return false
  }
  return true
}
