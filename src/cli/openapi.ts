/** `chiron openapi`: prints the OpenAPI document that the service serves at /openapi.json. */
import pino from 'pino'
import { buildApp } from '../app.js'
import { StudyNotifier } from '../engine/study-notifier.js'
import type { Service } from '../http/routes.js'
import { STANDARD_LIMITS } from '../limits.js'

export async function openapiDocument(): Promise<string> {
  const unused = {
    notifier: new StudyNotifier(),
    metrics: { registry: {}, answered: () => {} },
    trainers: new Map(),
    limits: STANDARD_LIMITS,
  } as unknown as Service
  const app = await buildApp(unused, { logger: pino({ level: 'silent' }) })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return `${JSON.stringify(document, null, 2)}\n`
}

export async function printOpenapi(): Promise<void> {
  process.stdout.write(await openapiDocument())
}
