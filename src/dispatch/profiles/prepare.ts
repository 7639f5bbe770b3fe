/** Makes what a trainer needs before its first trial: its Python environment and its data. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../../faults.js'
import { fillPlaceholders, type ProcessProfile } from './process-profile.js'
import { interpreterOf, makeEnvironment } from './python-environment.js'

/** Data is made in a folder beside its place and moved once it is complete, so that a preparation can be resumed. */
export async function prepareTrainer(profile: ProcessProfile, log: (line: string) => void): Promise<void> {
  const { prepare, places } = profile
  if (prepare === undefined)
    throw new Fault(
      'invalid_request',
      `The profile ${profile.name} has no "prepare": there is nothing to make for it`,
    )
  const { environment, command } = prepare
  if (environment !== undefined && places.python === interpreterOf(environment.name))
    await makeEnvironment(environment.name, join(places.home, environment.requirements), log)
  if (command === undefined || existsSync(places.data)) return
  const making = `${places.data}.making`
  await mkdir(dirname(making), { recursive: true })
  const [program, ...words] = command.map((word) => fillPlaceholders(word, profile, { data: making }))
  const child = spawn(program!, words, { cwd: places.home, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0)
    throw new Fault(
      'invalid_request',
      `The data of ${profile.name} was not made: ${program} ended with ${code}; its output above has the reason`,
    )
  await rename(making, places.data)
  log(`${profile.name} can run`)
}
