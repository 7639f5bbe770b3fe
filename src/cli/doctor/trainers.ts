/** Checks of what trainers need: Python, their environments and torch. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Gpu } from '../../dispatch/devices/gpus.js'
import type { ProcessProfile } from '../../dispatch/profiles/process-profile.js'
import { findTrainers } from '../../dispatch/profiles/profiles.js'
import type { Finding } from './finding.js'

const QUERY_MS = 60_000

export async function pythonFinding(given: string | undefined): Promise<Finding> {
  const program = given ?? 'python3'
  const version = await promisify(execFile)(program, ['--version'], { timeout: QUERY_MS }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
  if (version !== undefined) return { what: 'Python', is: 'fine', says: `${version} (${program})` }
  const todo =
    given === undefined
      ? 'install Python 3.10 or newer with venv: trainers in Python need it'
      : 'correct CHIRON_PYTHON'
  return { what: 'Python', is: given === undefined ? 'note' : 'wrong', says: `${program} is not there`, todo }
}

/** Checks each trainer that is a command: whether it can run, and whether its torch sees the GPU. */
export async function trainerFindings(grounds: Parameters<typeof findTrainers>[0]): Promise<Finding[]> {
  const found = await findTrainers(grounds)
  return Promise.all(
    found.flatMap(({ trainer: { profile, unavailable }, own }) =>
      profile.kind === 'process'
        ? [
            unavailable === undefined
              ? torchFinding(profile)
              : cannotRun(profile, unavailable, own, grounds.gpus),
          ]
        : [],
    ),
  )
}

function cannotRun(
  { name, devices, prepare }: ProcessProfile,
  says: string,
  own: boolean,
  gpus: readonly Gpu[],
): Finding {
  const lacksCard = devices.kind === 'cuda' && gpus.length < devices.perTrial
  const todo = lacksCard ? 'it needs a GPU' : prepare ? `run: chiron prepare ${name}` : 'correct its profile'
  return { what: name, is: own ? 'wrong' : 'note', says, todo }
}

async function torchFinding({ name, places, devices }: ProcessProfile): Promise<Finding> {
  const ask = 'import torch; print(torch.__version__, torch.cuda.is_available())'
  const answer = await promisify(execFile)(places.python, ['-c', ask], { timeout: QUERY_MS }).then(
    ({ stdout }) => stdout.trim().split(' '),
    () => undefined,
  )
  if (answer === undefined) return { what: name, is: 'fine', says: `can run (${places.python} has no torch)` }
  const [version, cuda] = answer
  if (devices.kind === 'cuda' && cuda !== 'True')
    return {
      what: name,
      is: 'wrong',
      says: `torch ${version} sees no GPU`,
      todo: 'install a build of torch for CUDA into the environment, or set CHIRON_PYTHON',
    }
  return { what: name, is: 'fine', says: `can run: torch ${version}, data in ${places.data}` }
}
