/** Builds the HTTP side of the service; it does not listen, so tests can inject. */
import bearer from '@fastify/bearer-auth'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import {
  createJsonSchemaTransform,
  jsonSchemaTransformObject,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { Fault } from './faults.js'
import { catalogueRoutes } from './http/catalogue.js'
import { asFault, registerErrorHandlers, sendProblem } from './http/errors.js'
import { eventRoutes } from './http/events.js'
import { exportRoutes } from './http/exports.js'
import { registerShutdown } from './http/graceful-shutdown.js'
import { healthRoutes } from './http/health.js'
import { importRoutes } from './http/imports.js'
import type { App } from './http/instance.js'
import { registerJsonParser } from './http/json-body.js'
import { metricRoutes } from './http/metrics.js'
import type { Service } from './http/routes.js'
import { studyRoutes } from './http/studies.js'
import { trialRoutes } from './http/trials.js'
import { validatorCompiler } from './http/validation.js'
import { version } from './root.js'

const WORDMARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 30"><text x="0" y="23" font-family="sans-serif" font-size="24" font-weight="bold" fill="#fff">Chiron</text></svg>`

const BODY_LIMIT = 2 ** 20
/** Open to whoever can reach the port: probes must not need a secret. */
const WITHOUT_TOKEN = new Set(['/healthz', '/readyz'])

export async function buildApp(
  service: Service,
  options: { logger: FastifyBaseLogger; token?: string },
): Promise<App> {
  const app: App = Fastify({
    loggerInstance: options.logger,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true, // after graceful-shutdown.ts has let requests finish
    return503OnClosing: false, // the onRequest hook answers with a problem document instead
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, request, reply) => sendProblem(request as never, reply as never, asFault(error)),
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<ZodTypeProvider>()
  registerErrorHandlers(app)
  registerJsonParser(app)
  registerShutdown(app, service.notifier)
  authenticate(app, options.token)
  await app.register(helmet, { contentSecurityPolicy: false, strictTransportSecurity: false })
  await documentation(app)
  await app.register(async (api: App) => {
    api.setValidatorCompiler(validatorCompiler)
    api.setSerializerCompiler(() => JSON.stringify)
    for (const routes of [
      studyRoutes,
      trialRoutes,
      eventRoutes,
      exportRoutes,
      importRoutes,
      catalogueRoutes,
      healthRoutes,
    ]) {
      routes(api, service)
    }
    metricRoutes(api, service.metrics)
  })
  return app
}

/** With a token, whoever has it; without one, whoever addresses this machine as localhost, which a web page elsewhere cannot. */
function authenticate(app: App, token: string | undefined): void {
  if (token === undefined) {
    app.addHook('onRequest', async (request, reply) => {
      if (isLocalName(request.host)) return
      sendProblem(
        request,
        reply,
        new Fault('unauthorized', `Without CHIRON_TOKEN only localhost is served, not ${request.host}`),
      )
      return reply
    })
    return
  }
  void app.register(bearer, { keys: new Set([token]), addHook: false, verifyErrorLogLevel: 'debug' })
  app.addHook('onRequest', async (request, reply) => {
    if (WITHOUT_TOKEN.has(request.routeOptions.url ?? '')) return
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(asUnauthorized()) : resolve())
      void app.verifyBearerAuth?.(request, reply, done)
    })
  })
}

function asUnauthorized(): Fault {
  return new Fault('unauthorized', 'Send the header authorization: Bearer <CHIRON_TOKEN>')
}

function isLocalName(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host)
}

async function documentation(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Chiron',
        version,
        description:
          'Hyperparameter search as a service. Create a study, then ask for trials, run them, and tell what came of them. Errors are problem documents (RFC 9457) with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
      tags: [
        { name: 'studies', description: 'Searches' },
        { name: 'trials', description: 'The ask/tell loop' },
        { name: 'events', description: 'What happens, as it happens' },
        { name: 'catalogue', description: 'What a study can be made of' },
        { name: 'service', description: 'Health and figures' },
      ],
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(swaggerUi, {
    theme: { title: 'Chiron' },
    logo: { type: 'image/svg+xml', content: Buffer.from(WORDMARK) },
    routePrefix: '/docs',
    uiConfig: { tryItOutEnabled: true, deepLinking: true },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
