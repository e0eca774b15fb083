// What a handler of a route is: derived from the route table, so that a handler that is missing, reads what is not there
// or answers another shape does not compile. Knows no route by name.
import type { RouteName, routes } from '@humdrum/contract/api.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'

type Table = typeof routes

type BodyOf<Name extends RouteName> = Table[Name] extends { readonly body: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined

type QueryOf<Name extends RouteName> = Table[Name] extends { readonly query: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined

type ParameterOf<Path extends string> = Path extends `${string}/:${infer Name}/${infer Rest}`
  ? Name | ParameterOf<`/${Rest}`>
  : Path extends `${string}/:${infer Name}`
    ? Name
    : never

type AnswerOf<Answer> = Answer extends z.ZodType
  ? z.output<Answer>
  : Answer extends 'text/plain'
    ? string
    : AsyncIterable<string>

/** One request, parsed by the table. */
export type Asked<Name extends RouteName> = {
  readonly body: BodyOf<Name>
  readonly query: QueryOf<Name>
  readonly parameters: Readonly<Record<ParameterOf<Table[Name]['path']>, string>>
  /** Who asks, for the record. */
  readonly actor: string
  /** Aborted when the answer is out, when the client is gone, and when the server ends. */
  readonly gone: AbortSignal
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export type Handler<Name extends RouteName> = (asked: Asked<Name>) => Promise<AnswerOf<Table[Name]['answer']>>

export type Handlers = { readonly [Name in RouteName]: Handler<Name> }
