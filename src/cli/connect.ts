/** Connects a command to the service that it names, or starts one on the data folder that `chiron serve` uses. */
import pino from 'pino'
import { type Config, readConfig } from '../config.js'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { Fault } from '../faults.js'
import { type Running, startService } from '../service.js'
import { findServer, keepAddress } from './server-address.js'

export interface Connection {
  readonly api: ServiceClient
  readonly url: string
  close(): Promise<void>
}

export async function connectOrStart(
  { server }: { readonly server?: string },
  env: NodeJS.ProcessEnv,
): Promise<Connection> {
  if (server !== undefined) return connectTo(server, env.CHIRON_TOKEN)
  const config = readConfig({ LOG_LEVEL: 'error', ...env })
  try {
    return await start(config)
  } catch (error) {
    if (!isTaken(error)) throw error
    const found = await findServer(config)
    if (found === undefined) throw withRemedy(error as Error)
    console.error(`a service runs already: this command uses ${found}`)
    return connectTo(found, config.token)
  }
}

function connectTo(url: string, token: string | undefined): Connection {
  return { api: openServiceClient(url, token), url, close: async () => {} }
}

async function start(config: Config): Promise<Connection> {
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  const url = await listen(service, config)
  await keepAddress(config, url)
  return { api: openServiceClient(url, config.token), url, close: () => service.close() }
}

async function listen({ app, close }: Running, { host, port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    await close()
    throw error
  }
}

/** Another process has the data folder, or listens at the address. */
function isTaken(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === 'EADDRINUSE' || (error instanceof Fault && code === 'database_unavailable')
}

function withRemedy(error: Error): Fault {
  return new Fault(
    'database_unavailable',
    `${error.message}; or name the service that runs by --server URL`,
    {},
    { cause: error },
  )
}
