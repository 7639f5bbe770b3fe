/** `chiron report`: writes the report of a study to a file. */
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { openServiceClient } from '../dispatch/clients/service-client.js'

export interface ReportOptions {
  readonly output?: string
  readonly format: string
  readonly figure?: string
  readonly prompts?: boolean
  readonly server: string
}

export async function writeReport(
  study: string,
  { output, format, figure, prompts, server }: ReportOptions,
  token?: string,
): Promise<void> {
  const query = new URLSearchParams({
    format,
    ...(figure && { figure }),
    ...(prompts && { prompts: 'true' }),
  })
  const path = `/studies/${encodeURIComponent(study)}/report?${query}`
  const report = await text(
    Readable.fromWeb((await openServiceClient(server, token).download(path)) as never),
  )
  const file = output ?? `${study}.${format}`
  await writeFile(file, report)
  console.error(`${file}: ${Math.ceil(Buffer.byteLength(report) / 1000)} kB`)
}
