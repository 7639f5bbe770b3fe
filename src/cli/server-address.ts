/** Where the service of a data folder listens, for commands that find the folder in use. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.js'
import { openServiceClient } from '../dispatch/clients/service-client.js'

const placeOf = ({ dataDir }: Config) => join(dataDir, 'server.address')

/** Beside the embedded database, which one service has to itself. A disk that takes no more files is no fault here. */
export async function keepAddress(config: Config, url: string): Promise<void> {
  if (config.databaseUrl === undefined) await writeFile(placeOf(config), `${url}\n`).catch(() => {})
}

/** The service that answers at the kept address, or else at the one of HOST and PORT. */
export async function findServer(config: Config): Promise<string | undefined> {
  const kept = await readFile(placeOf(config), 'utf8').catch(() => '')
  const addresses = [kept.trim(), `http://${config.host}:${config.port}`]
  for (const url of addresses) if (await isService(url)) return url
  return undefined
}

async function isService(url: string): Promise<boolean> {
  try {
    return (await openServiceClient(url, undefined).get<{ status?: unknown }>('/healthz')).status === 'ok'
  } catch {
    return false
  }
}
