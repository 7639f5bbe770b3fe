/** `chiron import optuna`: makes a study of an Optuna study in SQLite, with all of its ended trials. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { openServiceClient, type ServiceClient } from '../../dispatch/clients/service-client.js'
import { Fault } from '../../faults.js'
import { STANDARD_LIMITS } from '../../limits.js'
import { fromRoot } from '../../root.js'
import { ImportCount } from './import-count.js'
import type { ImportOptions } from './options.js'
import { batchesOf } from './records.js'

interface OptunaStudy {
  readonly name: string
  readonly direction: 'minimize' | 'maximize'
  readonly parameters: Readonly<Record<string, object>>
  /** Parameters that some trials do not have. */
  readonly lacking: readonly string[]
}

export async function importOptuna(url: string, options: ImportOptions, token?: string): Promise<void> {
  const [head, ...rows] = await readLines(url, options.study)
  const given: OptunaStudy = JSON.parse(head!)
  const name = options.as ?? given.name
  const api = openServiceClient(options.server, token)
  await createMissing(api, name, given)
  const count = new ImportCount(name)
  const path = `/studies/${encodeURIComponent(name)}/import`
  for (const { first, rows: batch } of batchesOf(rows, STANDARD_LIMITS))
    await count.add(first, () => api.upload(path, 'application/x-ndjson', batch.join('\n')))
  count.print()
}

async function readLines(url: string, study: string | undefined): Promise<string[]> {
  const words = [fromRoot('src/cli/import/optuna_study.py'), url, ...(study === undefined ? [] : [study])]
  const { stdout } = await promisify(execFile)('python3', words, { maxBuffer: 2 ** 30 }).catch((error) => {
    const why =
      error.code === 'ENOENT' ? 'python3 was not found: install it' : error.stderr.trim().split('\n').at(-1)
    throw new Fault('invalid_request', why)
  })
  return stdout.trimEnd().split('\n')
}

/** A study that is there takes the trials in its own space, which may have conditions that Optuna's tables do not say. */
async function createMissing(api: ServiceClient, name: string, given: OptunaStudy): Promise<void> {
  if (await exists(api, name)) return
  if (Object.keys(given.parameters).length === 0)
    throw new Fault(
      'invalid_request',
      `${given.name} has no ended trial with parameters: there is nothing to import`,
    )
  if (given.lacking.length > 0)
    throw new Fault(
      'invalid_request',
      `Some trials of ${given.name} have no ${given.lacking.join(', ')}: create the study ${name} first, with a space that says by \`when\` where they are active, and import into it`,
    )
  const objective = { metric: 'value', direction: given.direction }
  await api.post('/studies', { name, space: { parameters: given.parameters }, objective })
}

async function exists(api: ServiceClient, name: string): Promise<boolean> {
  try {
    await api.get(`/studies/${encodeURIComponent(name)}`)
    return true
  } catch (error) {
    if (error instanceof Fault && error.code === 'study_not_found') return false
    throw error
  }
}
