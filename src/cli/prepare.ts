/** `chiron prepare`: creates the Python environment and the data of a trainer. */
import { readConfig } from '../config.js'
import { findGpus } from '../dispatch/devices/gpus.js'
import { prepareTrainer } from '../dispatch/profiles/prepare.js'
import { findTrainers } from '../dispatch/profiles/profiles.js'
import { Fault } from '../faults.js'

export async function runPrepare(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(env)
  const found = await findTrainers({ ...config, gpus: await findGpus() })
  const profile = found.map(({ trainer }) => trainer.profile).findLast((p) => p.name === name)
  if (profile?.kind !== 'process') {
    const names = found.flatMap(({ trainer }) =>
      trainer.profile.kind === 'process' ? [trainer.profile.name] : [],
    )
    throw new Fault(
      'invalid_request',
      `There is nothing to prepare for ${name}: choose one of ${names.join(', ')}`,
    )
  }
  await prepareTrainer(profile, (line) => console.log(line))
}
