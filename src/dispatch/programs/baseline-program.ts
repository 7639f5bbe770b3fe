/** The baseline of a task as a study stores it. */
import type { StoredProgram } from '../../domain/program.js'
import { Fault } from '../../faults.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import { baselineOf } from './baseline.js'
import { inspectProgram } from './inspect.js'
import { verifyLocked } from './locked-files.js'

export async function baselineProgram(profile: ProcessProfile): Promise<StoredProgram> {
  await verifyLocked(profile)
  const program = await baselineOf(profile)
  const inspection = await inspectProgram(profile, program.files)
  if (inspection.ok)
    return { ...program, parent: null, normal: inspection.normal, constants: inspection.constants }
  const { file, line, message: why } = inspection
  const message = `the baseline of the task ${profile.name} is not valid: ${file}${line === null ? '' : `, line ${line}`}: ${why}`
  throw new Fault('invalid_request', message, { errors: [{ path: 'trainer', message }] })
}
