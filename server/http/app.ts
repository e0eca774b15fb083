// The HTTP API as a Fastify instance: the guard before everything, a handler for every route of the contract, problem
// details for whatever goes wrong. It does not listen by itself and knows nothing of the engine.
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { createUpload } from './artifacts.ts'
import { createGuard } from './auth.ts'
import { createEvents } from './events.ts'
import { createForesight } from './foresight.ts'
import type { Handlers } from './handler.ts'
import { createLift } from './lift.ts'
import { createLogs } from './logs.ts'
import type { Metrics } from './metrics.ts'
import { createMetrics } from './metrics.ts'
import { createObservations } from './observations.ts'
import { swaggerOptions } from './openapi.ts'
import type { HttpParts } from './parts.ts'
import { createRefusals, refuseConnection, sendFault } from './refusals.ts'
import { registerRoutes } from './register.ts'
import { createRequestsUnderWay } from './requests-under-way.ts'
import { createRolloutHandlers } from './rollouts.ts'
import { createStatus } from './status.ts'
import { createUpkeep } from './upkeep.ts'
import { validate } from './validate.ts'
import { createVerdicts } from './verdicts.ts'

const largestBodyBytes = 1_024 * 1_024
/** A digest has 71 characters. */
const longestParameter = 200
const silentConnectionMs = 30_000

/**
 * The API, ready for `listen`. `close()` ends streams and uploads at once, lets other requests be answered, and waits for
 * nobody who has not asked anything.
 *
 *     const http = createHttp(parts)
 *     await http.listen({ host: '127.0.0.1', port: 7700 })
 */
export const createHttp = (parts: HttpParts): FastifyInstance => {
  const refusals = createRefusals(parts)
  const metrics = createMetrics(parts.store)
  const app = Fastify({
    logger: false,
    bodyLimit: largestBodyBytes,
    exposeHeadRoutes: false,
    return503OnClosing: false, // it would be no problem detail; what came in before the end is answered
    routerOptions: { maxParamLength: longestParameter },
    http: { keepAlive: true, keepAliveInitialDelay: silentConnectionMs },
    clientErrorHandler: refuseConnection,
    // An address that cannot be decoded meets no hook: it is guarded here.
    frameworkErrors: (error, request, reply) => {
      const refused = guard(request.headers, undefined)
      return refused === null ? refusals.answer(error, request, reply) : sendFault(reply, refused)
    },
  })
  const guard = createGuard(parts.tokenHash, app.server)
  const underWay = createRequestsUnderWay(app.server)

  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => validate(schema, partOf(httpPart)))
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(refusals.answer)
  app.setNotFoundHandler(({ method }, reply) =>
    sendFault(reply, { code: 'HD9002', reason: `nothing here takes ${method}` }),
  )
  app.addHook('onRequest', async ({ headers, routeOptions }, reply) => {
    const refused = guard(headers, routeOptions.url)
    return refused === null ? undefined : sendFault(reply, refused)
  })
  app.addHook('preClose', async () => underWay.endAll())
  measure(app, metrics)
  app.register(swagger, swaggerOptions(parts.server.version))
  app.register(async (scope) => {
    scope.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
    registerRoutes(scope, { handlers: handlersOf(parts, metrics), underWay, refusals })
  })
  return app
}

const handlersOf = (parts: HttpParts, metrics: Metrics): Handlers => ({
  ...createRolloutHandlers(parts),
  ...createUpkeep(parts, metrics),
  ...createForesight(parts),
  ...createObservations(parts),
  ...createVerdicts(parts),
  status: createStatus(parts),
  putArtifact: createUpload(parts),
  lift: createLift(parts),
  events: createEvents(parts),
  logs: createLogs(parts),
})

const partOf = (httpPart: string | undefined): 'body' | 'query' | 'path' => {
  if (httpPart === 'querystring') return 'query'
  return httpPart === 'params' ? 'path' : 'body'
}

/** Streams last as long as their readers like: their time says nothing about the server. */
const streams: readonly string[] = ['events', 'logs']

const measure = (app: FastifyInstance, metrics: Metrics): void => {
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode: status, elapsedTime }) => {
    const route = routeOptions.schema?.operationId ?? 'unknown'
    if (!streams.includes(route)) metrics.answered({ route, method, status, seconds: elapsedTime / 1_000 })
  })
}
