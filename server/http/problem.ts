// Everything that can go wrong, as RFC 9457 problem details: one map from code to HTTP status, and one from whatever was
// thrown to a fault. Clients never see a stack or a cause; the log does.
import type { Problem } from '@humdrum/contract/api.ts'
import type { Fault, FaultCode, Result } from '@humdrum/core/errors.ts'
import { FaultError, faults, nextStep } from '@humdrum/core/errors.ts'
import { isDiskFull } from '../disk-full.ts'

/** Codes that only the command line meets are here as well, so that a new code cannot be forgotten. */
export const statusOf = {
  HD1001: 500,
  HD1002: 400,
  HD1101: 503,
  HD1102: 401,
  HD1103: 502,
  HD1104: 409,
  HD1105: 500,
  HD1106: 500,
  HD1107: 507,
  HD1108: 500,
  HD1109: 507,
  HD1201: 500,
  HD1202: 409,
  HD1203: 500,
  HD1204: 500,
  HD1205: 409,
  HD1206: 500,
  HD2001: 422,
  HD2002: 422,
  HD2003: 422,
  HD2004: 409,
  HD2005: 500,
  HD2104: 422,
  HD2105: 422,
  HD3001: 422,
  HD3002: 422,
  HD3003: 422,
  HD3004: 409,
  HD3005: 404,
  HD3006: 409,
  HD4001: 404,
  HD4002: 404,
  HD4003: 404,
  HD4004: 404,
  HD4101: 409,
  HD4102: 409,
  HD4103: 409,
  HD4104: 409,
  HD4105: 409,
  HD4106: 404,
  HD4107: 409,
  HD4108: 409,
  HD4109: 409,
  HD4110: 422,
  HD4111: 503,
  HD4112: 409,
  HD4113: 409,
  HD4311: 409,
  HD4312: 409,
  HD5001: 503,
  HD5002: 502,
  HD5003: 409,
  HD5004: 503,
  HD6001: 400,
  HD6002: 422,
  HD6101: 404,
  HD6102: 425,
  HD6103: 409,
  HD6104: 409,
  HD9001: 400,
  HD9002: 404,
  HD9003: 403,
  HD9004: 413,
  HD9999: 500,
} as const satisfies Record<FaultCode, number>

export const problemOf = (fault: Fault): Problem => ({
  type: `urn:humdrum:${fault.code}`,
  title: faults[fault.code].sentence,
  status: statusOf[fault.code],
  detail: fault.reason,
  code: fault.code,
  ...(fault.place === undefined || fault.place === '' ? {} : { place: fault.place }),
  next: nextStep(fault),
})

/** A fault on its way to the border. */
export const refuse = (code: FaultCode, reason: string, place?: string): never => {
  throw new FaultError({ code, reason, ...(place === undefined ? {} : { place }) })
}

/** The value, or the fault on its way to the border. */
export const granted = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new FaultError(result.fault)
  return result.value
}

/** The fault that a thrown thing stands for; HD9999 for a bug. `requestId` leads to it in the log. */
export const faultOf = (error: unknown, requestId: string): Fault => {
  if (error instanceof FaultError) return error.fault
  if (isDiskFull(error)) return { code: 'HD1107', reason: 'the store could not write' }
  const status = property(error, 'statusCode')
  if (typeof status === 'number' && status >= 400 && status < 500) return frameworkFault(error, status)
  return { code: 'HD9999', reason: `at request ${requestId}` }
}

/** What Fastify refuses before a handler is asked: its messages are about the request alone. */
const frameworkFault = (error: unknown, status: number): Fault => {
  const message = error instanceof Error ? error.message : ''
  const reason = cut(`${message.charAt(0).toLowerCase()}${message.slice(1)}`)
  if (status === 413) return { code: 'HD9004', reason: 'its body is larger than 1 MiB' }
  if (status === 415) return { code: 'HD9001', reason: 'this content type is not taken here', place: 'content-type' }
  return { code: status === 404 ? 'HD9002' : 'HD9001', reason }
}

/** A message may repeat the whole address. */
const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 197)}...` : text)

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

export type Broken = { readonly code: FaultCode; readonly request: string; readonly time: string }

/** What broke, as one JSON line with its causes, for the server's log. */
export const logLine = (error: unknown, { time, code, request }: Broken): string => {
  const causes: string[] = []
  for (let cause = error; cause !== undefined && causes.length < 8; cause = property(cause, 'cause'))
    causes.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
  return `${JSON.stringify({ time, level: 'error', code, request, causes })}\n`
}
