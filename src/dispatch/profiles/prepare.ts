/** Makes what a trainer needs before its first trial: its Python environment and its data. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../../faults.js'
import { fillPlaceholders, type ProcessProfile } from './process-profile.js'
import { interpreterOf, makeEnvironment } from './python-environment.js'

/** Data is made beside its place, and put there once it is complete: a preparation that was broken off goes on. */
export async function prepareTrainer(profile: ProcessProfile, say: (line: string) => void): Promise<void> {
  const { prepare, places } = profile
  if (prepare === undefined)
    throw new Fault('invalid_request', `${profile.name} says nothing of how it is prepared`)
  const { environment, command } = prepare
  if (environment !== undefined && places.python === interpreterOf(environment.name))
    await makeEnvironment(environment.name, join(places.home, environment.requirements), say)
  if (command === undefined || existsSync(places.data)) return
  const making = `${places.data}.making`
  await mkdir(dirname(making), { recursive: true })
  const [program, ...words] = command.map((word) => fillPlaceholders(word, profile, { data: making }))
  const child = spawn(program!, words, { cwd: places.home, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0)
    throw new Fault(
      'invalid_request',
      `The data of ${profile.name} was not made: ${program} ended with ${code}`,
    )
  await rename(making, places.data)
  say(`${profile.name} can run`)
}
