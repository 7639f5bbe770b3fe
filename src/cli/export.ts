/** `chiron export`: streams a study's trials to standard output. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Fault } from '../faults.js'

export async function exportTrials(
  study: string,
  format: string,
  server: string,
  token?: string,
): Promise<void> {
  const url = `${server.replace(/\/$/, '')}/studies/${encodeURIComponent(study)}/export?format=${encodeURIComponent(format)}`
  const response = await fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} }).catch(
    (error) => {
      throw new Fault(
        'not_found',
        `Nothing answers at ${server}: is the service running there? (${(error as Error).cause ?? error})`,
      )
    },
  )
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string }
    throw new Fault('not_found', problem.detail ?? `${server} answered ${response.status}`)
  }
  await pipeline(Readable.fromWeb(response.body as never), process.stdout)
}
