/** Runs the service until it is told to stop. */
import closeWithGrace from 'close-with-grace'
import pino from 'pino'
import { readConfig } from '../config.js'
import { Fault } from '../faults.js'
import { type Running, startService } from '../service.js'

/** In flight requests have so long to finish. */
const GRACE_MS = 10_000

export async function runServe(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(env)
  const logger = pino({ level: config.logLevel, base: null })
  const service = await startService(config, logger)
  closeWithGrace({ delay: GRACE_MS }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'stopping after an error nobody caught')
    else logger.info({ signal }, 'stopping: finishing what is in flight')
    await service.close()
  })
  const url = await startListening(service, config.host, config.port)
  const where = config.databaseUrl === undefined ? `PGlite in ${config.dataDir}` : 'Postgres'
  logger.info(`Chiron listens on ${url} (${where}); the API is described at ${url}/docs`)
}

async function startListening({ app, close }: Running, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    await close()
    const { code } = error as { code?: string }
    if (code === 'EADDRINUSE')
      throw new Fault('invalid_request', `Port ${port} of ${host} is taken: choose another PORT`)
    if (code === 'EACCES')
      throw new Fault('invalid_request', `Port ${port} may not be opened by this user: choose another PORT`)
    throw error
  }
}
