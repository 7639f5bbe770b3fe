/** Reads an edited program without running it, by a script in Python (trainer/inspect_program.py). */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Inspection, ProgramFiles } from '../../domain/program.js'
import { Fault } from '../../faults.js'
import { fromRoot } from '../../root.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import { searchSpaceOf } from '../profiles/search-space.js'
import { baselineOf } from './baseline.js'

const MOST_SECONDS = 60

export async function inspectProgram(profile: ProcessProfile, files: ProgramFiles): Promise<Inspection> {
  const large = tooLarge(profile, files)
  if (large !== undefined) return large
  const baseline = await baselineOf(profile)
  const { surface } = profile
  return askScript(profile, {
    files,
    baseline: baseline.files,
    surface,
    constants: searchSpaceOf(profile).searched.map(({ name }) => name),
    beside: profile.files,
  })
}

function tooLarge(profile: ProcessProfile, files: ProgramFiles): Inspection | undefined {
  const sizes = Object.entries(files).map(([file, source]) => ({ file, bytes: Buffer.byteLength(source) }))
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0)
  const most = profile.programKilobytes * 1000
  if (bytes <= most) return undefined
  const { file } = sizes.reduce((a, b) => (b.bytes > a.bytes ? b : a))
  const message = `The program has ${bytes} bytes; the task takes ${most} at most`
  return { ok: false, problem: 'too_large', file, line: null, message }
}

async function askScript({ places, name }: ProcessProfile, question: unknown): Promise<Inspection> {
  const child = spawn(places.python, [fromRoot('trainer/inspect_program.py')], {
    cwd: places.home,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: MOST_SECONDS * 1000,
  })
  child.stdin.on('error', () => {}) // what the script says of its end tells more
  child.stdin.end(JSON.stringify(question))
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const [printed, warned, [code]] = await Promise.race([ended, failed]).catch((error: Error) => {
    throw new Fault('invalid_request', `The programs of ${name} cannot be inspected: ${error.message}`)
  })
  if (code === 0) return JSON.parse(printed)
  throw new Fault(
    'internal',
    `The inspection of a program of ${name} failed: ${warned.trim().split('\n').at(-1)}`,
  )
}
