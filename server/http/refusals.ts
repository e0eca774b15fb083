// The border where whatever goes wrong becomes an answer: problem details for clients, a line for the log when it was no
// fault of theirs. Knows no route.
import type { Duplex } from 'node:stream'
import type { Fault } from '@humdrum/core/errors.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HttpParts } from './parts.ts'
import { faultOf, logLine, problemOf } from './problem.ts'

export const sendFault = (reply: FastifyReply, fault: Fault): FastifyReply => {
  const problem = problemOf(fault)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="humdrum"')
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)))
}

export type Refusals = {
  /** Answers with the fault that an error stands for. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply
  /** Logs an error that nobody can be answered about any more. */
  note(error: unknown, request: FastifyRequest): void
}

export const createRefusals = ({ log = toStandardError, delivery }: Pick<HttpParts, 'log' | 'delivery'>): Refusals => {
  const write = (error: unknown, code: Fault['code'], { id, method, url }: FastifyRequest): void => {
    const [path] = url.split('?') // a query may hold what is nobody's business
    log(logLine(error, { time: new Date(delivery.now()).toISOString(), code, request: `${id} ${method} ${path}` }))
  }
  return {
    answer: (error, request, reply) => {
      const fault = faultOf(error, request.id)
      if (isOurs(fault)) write(error, fault.code, request)
      return sendFault(reply, fault)
    },
    note: (error, request) => write(error, faultOf(error, request.id).code, request),
  }
}

const isOurs = ({ code }: Fault): boolean => code === 'HD9999' || code === 'HD5004' || code === 'HD1107'

const toStandardError = (line: string): void => {
  process.stderr.write(line)
}

/** For what is no HTTP at all: there is no request yet that could be answered otherwise. */
export const refuseConnection = (error: { readonly code?: string | undefined }, socket: Duplex): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const body = JSON.stringify(problemOf({ code: 'HD9001', reason: 'it is no HTTP/1.1' }))
  const head = ['HTTP/1.1 400 Bad Request', 'content-type: application/problem+json', 'connection: close']
  socket.end(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
