// Registers one handler for every route of the contract. Knows the table and the framework, no handler by name.
import { Readable } from 'node:stream'
import type { ApiRoute, RouteName } from '@humdrum/contract/api.ts'
import { routes } from '@humdrum/contract/api.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { actorOf } from './auth.ts'
import type { Asked, Handlers } from './handler.ts'
import { schemaOf } from './openapi.ts'
import type { Refusals } from './refusals.ts'
import type { RequestsUnderWay } from './requests-under-way.ts'

export type Registering = {
  readonly handlers: Handlers
  readonly underWay: RequestsUnderWay
  readonly refusals: Refusals
}

export const registerRoutes = (app: FastifyInstance, given: Registering): void => {
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: ApiRoute = routes[name]
    if (route.upload === undefined) app.route(optionsOf(name, route, given))
    else {
      const { upload } = route
      app.register(async (scope) => {
        scope.removeAllContentTypeParsers()
        // Left unread: the handler takes the request as a stream, whatever its size.
        scope.addContentTypeParser(upload, (_request, _payload, done) => done(null))
        scope.route(optionsOf(name, route, given))
      })
    }
  }
}

const optionsOf = (name: RouteName, route: ApiRoute, given: Registering): RouteOptions => ({
  method: route.method,
  url: route.path,
  schema: schemaOf(name, route),
  preValidation: async (request) => {
    // No body is an empty one: somebody in need who aborts with curl should not have to write {}.
    if (route.body !== undefined) request.body ??= {}
  },
  handler: async (request, reply) => {
    const answer = await call(name, given, { request, reply })
    reply.code(route.status)
    if (typeof route.answer !== 'string') return answer
    if (!reply.hasHeader('content-type')) reply.type(route.answer)
    if (typeof answer === 'string') return answer
    // Its end is the end of the connection, so that a server that stops waits for nobody.
    reply.header('connection', 'close')
    return reply.send(Readable.from(noted(answer, { request, reply }, given.refusals), { objectMode: false }))
  },
})

type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply }

/** The border at which a request takes the types of the table: the framework has checked it against the schemas. */
const call = (name: RouteName, { handlers, underWay }: Registering, exchange: Exchange) => {
  const { request, reply } = exchange
  const handler = handlers[name] as (asked: unknown) => Promise<Answer>
  const asked: Omit<Asked<RouteName>, 'body' | 'query' | 'parameters'> & Record<string, unknown> = {
    body: request.body,
    query: request.query,
    parameters: request.params,
    actor: actorOf(request.headers['x-humdrum-actor']),
    gone: underWay.open(reply.raw),
    ...exchange,
  }
  return handler(asked)
}

type Answer = string | object | AsyncIterable<string>

/** What breaks before the first piece is answered, and noted there. */
async function* noted(pieces: Answer, { request, reply }: Exchange, refusals: Refusals): AsyncGenerator<string> {
  try {
    yield* pieces as AsyncIterable<string>
  } catch (error) {
    if (reply.raw.headersSent && !reply.raw.destroyed) refusals.note(error, request)
    throw error
  }
}
