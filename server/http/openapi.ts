// The OpenAPI 3.1 document, made from the route table and its schemas. Knows no handler.
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { ApiRoute, RouteName } from '@humdrum/contract/api.ts'
import {
  deployedSchema,
  logEntrySchema,
  problemSchema,
  rolloutViewSchema,
  statusViewSchema,
  transitionSchema,
} from '@humdrum/contract/api.ts'
import { doctorViewSchema } from '@humdrum/contract/doctor-view.ts'
import { planViewSchema } from '@humdrum/contract/plan-view.ts'
import type { FastifySchema } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'

const named = {
  Problem: problemSchema,
  Rollout: rolloutViewSchema,
  Status: statusViewSchema,
  Deployed: deployedSchema,
  Transition: transitionSchema,
  LogEntry: logEntrySchema,
  Plan: planViewSchema,
  Doctor: doctorViewSchema,
}

// The global registry, as it is the one that knows the descriptions.
for (const [id, schema] of Object.entries(named)) z.globalRegistry.add(schema, { id })

/** The schema of a route as Fastify takes it; made of the table's own schemas. */
export const schemaOf = (name: RouteName, route: ApiRoute): FastifySchema => {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, parameter = '']) => [parameter, z.string().max(200)])
  return {
    operationId: name,
    summary: route.summary,
    ...(names.length === 0 ? {} : { params: z.object(Object.fromEntries(names)) }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    response: {
      [route.status]: { description: 'It went well', content: contentOf(route.answer) },
      default: { description: 'It did not', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  }
}

const contentOf = (answer: ApiRoute['answer']): Record<string, { schema: z.ZodType }> =>
  typeof answer === 'string' ? { [answer]: { schema: z.string() } } : { 'application/json': { schema: answer } }

const actorHeader = { 'x-humdrum-actor': { type: 'string', maxLength: 64, description: 'who asks, for the record' } }
const resumeHeader = { 'last-event-id': { type: 'string', description: 'the last event that was received' } }
const tarBody = { content: { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } } }

export const swaggerOptions = (version: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: { title: 'Humdrum', version, description: 'Build once, deploy progressively, watch, undo.' },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  },
  transform: (given) => {
    const { schema, url } = jsonSchemaTransform(given)
    const { method } = given.route
    const headers = given.schema?.operationId === 'events' ? resumeHeader : method === 'POST' ? actorHeader : null
    // Added to the document alone: a schema that Fastify checks would take every other header off the request.
    if (headers !== null) schema.headers = { type: 'object', properties: headers }
    if (given.schema?.operationId === 'putArtifact') schema.body = tarBody
    return { schema, url }
  },
  transformObject: (given) => {
    const document = jsonSchemaTransformObject(given)
    const schemas = 'components' in document ? (document.components?.schemas ?? {}) : {}
    // Each comes twice, as an answer and as a body: no route takes one as its body.
    for (const id of Object.keys(schemas)) if (!(id in named)) delete schemas[id]
    return document
  },
})
