/** `chiron export`: streams a study's trials to standard output. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SpaceSpec } from '../../search-spaces/index.js'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { OptunaJournal } from './optuna/optuna-journal.js'

export async function exportTrials(
  study: string,
  format: string,
  server: string,
  token?: string,
): Promise<void> {
  const api = openServiceClient(server, token)
  const path = `/studies/${encodeURIComponent(study)}`
  const rows = async (of: string) =>
    Readable.fromWeb((await api.download(`${path}/export?format=${encodeURIComponent(of)}`)) as never)
  const file =
    format === 'optuna' ? Readable.from(journalLines(api, path, await rows('jsonl'))) : await rows(format)
  await pipeline(file, process.stdout)
}

async function* journalLines(api: ServiceClient, path: string, trials: Readable): AsyncGenerator<string> {
  const { name, space, objective } = await api.get<{
    name: string
    space: SpaceSpec | string
    objective: { direction: 'minimize' | 'maximize' }
  }>(path)
  const { direction } = objective
  const journal = new OptunaJournal({ name, space: await spaceOf(api, space), direction })
  yield journal.head()
  for await (const line of createInterface({ input: trials })) yield journal.trial(JSON.parse(line))
}

async function spaceOf(api: ServiceClient, given: SpaceSpec | string): Promise<SpaceSpec> {
  if (typeof given !== 'string') return given
  const { spaces } = await api.get<{ spaces: { name: string; spec: SpaceSpec }[] }>('/spaces')
  return spaces.find(({ name }) => name === given)!.spec
}
