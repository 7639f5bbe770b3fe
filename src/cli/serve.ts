/** `chiron serve`: runs the service until a signal stops it. */
import closeWithGrace from 'close-with-grace'
import pino from 'pino'
import { readConfig } from '../config.js'
import { Fault } from '../faults.js'
import { type Running, startService } from '../service.js'
import { keepAddress } from './server-address.js'

/** How long open requests may take to finish after a signal. */
const GRACE_MS = 10_000

export async function runServe(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(env)
  const logger = pino({ level: config.logLevel, base: null })
  const service = await startService(config, logger)
  closeWithGrace({ delay: GRACE_MS }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'stopping after an uncaught error')
    else logger.info({ signal }, 'stopping: finishing open requests')
    await service.close()
  })
  const url = await startListening(service, config.host, config.port)
  await keepAddress(config, url)
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
      throw new Fault('invalid_request', `Port ${port} of ${host} is taken: set PORT to another one`)
    if (code === 'EACCES')
      throw new Fault('invalid_request', `This user may not open port ${port}: set PORT to another one`)
    throw error
  }
}
