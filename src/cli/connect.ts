/** Connects a command to the service that it names, or starts one on the data folder that `chiron serve` uses. */
import pino from 'pino'
import { readConfig } from '../config.js'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { startService } from '../service.js'

export interface Connection {
  readonly api: ServiceClient
  readonly url: string
  close(): Promise<void>
}

export async function connectOrStart(
  { server }: { readonly server?: string },
  env: NodeJS.ProcessEnv,
): Promise<Connection> {
  if (server !== undefined)
    return { api: openServiceClient(server, env.CHIRON_TOKEN), url: server, close: async () => {} }
  const config = readConfig({ LOG_LEVEL: 'error', ...env })
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  const url = await service.app.listen({ host: config.host, port: config.port })
  return { api: openServiceClient(url, config.token), url, close: () => service.close() }
}
