/** Builds the HTTP application. It does not listen, so that tests can inject requests. */
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import {
  createJsonSchemaTransform,
  jsonSchemaTransformObject,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { adviceRoutes } from './http/advice.js'
import { collectMethods, refuseUnrouted } from './http/allowed-methods.js'
import { askTellRoutes } from './http/ask-tell.js'
import { registerAuthentication } from './http/authentication.js'
import { catalogueRoutes } from './http/catalogue.js'
import { checkClientVersions } from './http/client-versions.js'
import { columnRoutes } from './http/columns.js'
import { confirmationRoutes } from './http/confirmations.js'
import { refuseCrossSite } from './http/cross-site.js'
import { asFault, registerErrorHandlers, sendProblem } from './http/errors.js'
import { eventRoutes } from './http/events.js'
import { experimentExportRoutes } from './http/experiment-exports.js'
import { experimentRoutes } from './http/experiments.js'
import { exportRoutes } from './http/exports.js'
import { registerShutdown } from './http/graceful-shutdown.js'
import { healthRoutes } from './http/health.js'
import { importanceRoutes } from './http/importances.js'
import { importRoutes } from './http/imports.js'
import type { App } from './http/instance.js'
import { registerJsonParser } from './http/json-body.js'
import { LoginAttempts } from './http/login-attempts.js'
import { logRoutes } from './http/logs.js'
import { MalformedRequests } from './http/malformed-requests.js'
import { metricRoutes } from './http/metrics.js'
import { completeDocument } from './http/openapi-document.js'
import { overviewRoutes } from './http/overview.js'
import { pageRoutes } from './http/page.js'
import { programRoutes } from './http/programs.js'
import { progressRoutes } from './http/progress.js'
import { reportRoutes } from './http/reports.js'
import type { Service } from './http/routes.js'
import { documentFaults } from './http/schemas.js'
import { sessionRoutes } from './http/session.js'
import { studyRoutes } from './http/studies.js'
import { studyReportRoutes } from './http/study-reports.js'
import { trialRoutes } from './http/trials.js'
import { validatorCompiler } from './http/validation.js'
import { version } from './root.js'

const WORDMARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 30"><text x="0" y="23" font-family="sans-serif" font-size="24" font-weight="bold" fill="#fff">Chiron</text></svg>`

/** Nothing may be loaded by what the API answers, and no page may frame it. */
const API_POLICY = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }
/** The page of /docs loads its own scripts and styles, and its pictures from its style sheet. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Fastify's ten seconds are too few where a machine is busy with trials. */
const START_MS = 120_000

export async function buildApp(
  service: Service,
  options: { logger: FastifyBaseLogger; token?: string },
): Promise<App> {
  const { limits } = service
  const requestMs = 1000 * limits.requestSeconds
  const malformed = new MalformedRequests(limits)
  const app: App = Fastify({
    loggerInstance: options.logger,
    bodyLimit: limits.bodyBytes,
    forceCloseConnections: true, // graceful-shutdown.ts lets open requests finish first
    return503OnClosing: false, // graceful-shutdown.ts answers with a problem document instead
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, request, reply) =>
      sendProblem(request as never, reply as never, asFault(error, limits), limits),
    clientErrorHandler: malformed.answer,
    pluginTimeout: START_MS,
    requestTimeout: requestMs,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: Math.min(requestMs, 1000 * limits.headerSeconds),
      connectionsCheckingInterval: Math.min(requestMs, 1000),
    },
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<ZodTypeProvider>()
  // First, so that the answers of the hooks below have its headers too.
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: API_POLICY },
    strictTransportSecurity: false,
  })
  app.server.on('request', malformed.note)
  registerErrorHandlers(app, limits)
  checkClientVersions(app)
  const methods = collectMethods(app)
  registerJsonParser(app, limits)
  registerShutdown(app, service.notifier, limits)
  registerAuthentication(app, options.token)
  refuseCrossSite(app)
  refuseUnrouted(app, methods)
  pageRoutes(app)
  await registerDocumentation(app)
  await app.register(async (api: App) => {
    api.setValidatorCompiler(validatorCompiler)
    api.setSerializerCompiler(() => JSON.stringify)
    documentFaults(api)
    for (const routes of [
      studyRoutes,
      studyReportRoutes,
      reportRoutes,
      adviceRoutes,
      askTellRoutes,
      trialRoutes,
      experimentRoutes,
      experimentExportRoutes,
      columnRoutes,
      importanceRoutes,
      progressRoutes,
      overviewRoutes,
      confirmationRoutes,
      logRoutes,
      programRoutes,
      eventRoutes,
      exportRoutes,
      importRoutes,
      catalogueRoutes,
      healthRoutes,
    ]) {
      routes(api, service)
    }
    sessionRoutes(api, options.token, new LoginAttempts(limits.loginAttempts))
    metricRoutes(api, service.metrics)
  })
  return app
}

async function registerDocumentation(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Chiron',
        version,
        description:
          'Hyperparameter search as a service. Create a study, then ask for trials, run them, and tell their results. Errors are problem documents (RFC 9457) with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
      tags: [
        { name: 'studies', description: 'Studies, their summaries and their advisors' },
        { name: 'experiments', description: 'Grids of studies, arms × seeds, and their analysis' },
        { name: 'trials', description: 'The ask/tell loop, and the trials of a study' },
        { name: 'programs', description: 'What the agent of a study has written' },
        { name: 'events', description: 'Event streams' },
        { name: 'catalogue', description: 'The search spaces, methods and trainers that a study can name' },
        { name: 'service', description: 'Health and metrics' },
      ],
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
    transformObject: (document) => completeDocument(jsonSchemaTransformObject(document)),
  })
  await app.register(swaggerUi, {
    theme: { title: 'Chiron' },
    logo: { type: 'image/svg+xml', content: Buffer.from(WORDMARK) },
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    uiConfig: { tryItOutEnabled: true, deepLinking: true },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
