/** `chiron export`: streams a study's trials to standard output. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openServiceClient } from '../dispatch/clients/service-client.js'

export async function exportTrials(
  study: string,
  format: string,
  server: string,
  token?: string,
): Promise<void> {
  const path = `/studies/${encodeURIComponent(study)}/export?format=${encodeURIComponent(format)}`
  const rows = await openServiceClient(server, token).download(path)
  await pipeline(Readable.fromWeb(rows as never), process.stdout)
}
