/** `chiron report`: writes the report of a study or of an experiment to a file. */
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { Fault } from '../faults.js'

export interface ReportOptions {
  readonly output?: string
  readonly format: string
  readonly figure?: string
  readonly prompts?: boolean
  readonly server: string
}

export async function writeReport(
  name: string,
  { output, server, ...options }: ReportOptions,
  token?: string,
): Promise<void> {
  const report = await readReport(openServiceClient(server, token), name, options)
  const file = output ?? `${name}.${options.format}`
  await writeFile(file, report)
  console.error(`${file}: ${Math.ceil(Buffer.byteLength(report) / 1000)} kB`)
}

type Wanted = Pick<ReportOptions, 'format' | 'figure' | 'prompts'>

/** A name is that of a study, or else of an experiment. */
async function readReport(api: ServiceClient, name: string, wanted: Wanted): Promise<string> {
  const { format, figure, prompts } = wanted
  const query = new URLSearchParams({ format, ...(figure && { figure }) })
  const path = `${encodeURIComponent(name)}/report?${query}`
  try {
    return await download(api, `/studies/${path}${prompts ? '&prompts=true' : ''}`)
  } catch (error) {
    if (!isFault(error, 'study_not_found') && !isCsv(error, format)) throw error
    return await download(api, `/experiments/${path}`).catch((second) => {
      if (!isFault(second, 'experiment_not_found')) throw second
      throw isFault(error, 'study_not_found')
        ? new Fault('not_found', `There is no study and no experiment named ${name}`)
        : error
    })
  }
}

/** Only an experiment has its figures as CSV; a study is refused before it is looked for. */
function isCsv(error: unknown, format: string): boolean {
  return format === 'csv' && isFault(error, 'invalid_request')
}

function isFault(error: unknown, code: Fault['code']): boolean {
  return error instanceof Fault && error.code === code
}

async function download(api: ServiceClient, path: string): Promise<string> {
  return text(Readable.fromWeb((await api.download(path)) as never))
}
