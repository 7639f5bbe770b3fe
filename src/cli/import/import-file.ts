/** `chiron import FILE`: brings rows into a study, as `chiron export` writes them, in as many requests as they need. */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { openServiceClient } from '../../dispatch/clients/service-client.js'
import { Fault } from '../../faults.js'
import { STANDARD_LIMITS } from '../../limits.js'
import { ImportCount } from './import-count.js'
import type { ImportOptions } from './options.js'
import { batchesOf, recordsOf } from './records.js'

const TYPES: Readonly<Record<string, 'csv' | 'jsonl'>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}
const MEDIA_TYPES = { csv: 'text/csv', jsonl: 'application/x-ndjson' }

export async function importFile(
  file: string,
  { study, server }: ImportOptions,
  token?: string,
): Promise<void> {
  const type = TYPES[extname(file).toLowerCase()]
  if (type === undefined)
    throw new Fault(
      'invalid_request',
      `${file}: a file of trials ends with .csv or .jsonl; chiron import optuna URL takes an Optuna study`,
    )
  if (study === undefined)
    throw new Fault(
      'invalid_request',
      'Name the study that takes the trials by --study; it must exist, because its space reads the rows',
    )
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new Fault('invalid_request', `${file} cannot be read: ${error.message}`)
  })
  const records = recordsOf(text, type)
  const header = type === 'csv' ? [records.shift() ?? ''] : []
  const api = openServiceClient(server, token)
  const count = new ImportCount(study)
  for (const { first, rows } of batchesOf(records, STANDARD_LIMITS)) {
    const path = `/studies/${encodeURIComponent(study)}/import`
    await count.add(first, () => api.upload(path, MEDIA_TYPES[type], [...header, ...rows].join('\n')))
  }
  count.print()
}
