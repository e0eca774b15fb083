// A failure as people read it: place, what, why, code; then the next command. Never a stack trace, unless asked for.
import type { Problem } from '@humdrum/contract/config/problem.ts'
import { renderProblem, visible } from '@humdrum/contract/config/problem.ts'
import type { Fault } from '@humdrum/core/errors.ts'
import { FaultError, faults, nextStep } from '@humdrum/core/errors.ts'
import { ConfigRefused } from '../config-refused.ts'

/**
 *     no server answers: at http://127.0.0.1:7700  [HD1101]
 *       humdrum up
 */
export const renderFault = (fault: Fault): string => {
  const place = fault.place === undefined ? '' : `${visible(fault.place)}  `
  const reason = fault.reason === '' ? '' : `: ${lines(fault.reason)}`
  return `${place}${faults[fault.code].sentence}${reason}  [${fault.code}]\n  ${lines(nextStep(fault))}\n`
}

/** A reason may hold the words of an app or a tool: its line breaks stay, nothing else may move a cursor. */
const lines = (text: string): string => text.split('\n').map(visible).join('\n  ')

export const renderProblems = (problems: readonly Problem[]): string =>
  problems.map((problem) => `${renderProblem(problem)}\n`).join('')

/** What a failure says to people: a fault, or everything that is wrong in a file. */
export const renderFailure = (cause: unknown): string =>
  cause instanceof ConfigRefused ? renderProblems(cause.problems) : renderFault(faultOf(cause))

type Told = Fault & { readonly next: string }

/** The same for a machine. `problems`: all of them, where it is a file that is wrong; `error` is the first. */
export const failureOf = (cause: unknown): { readonly error: Told; readonly problems?: readonly Told[] } => {
  if (!(cause instanceof ConfigRefused)) return { error: told(faultOf(cause)) }
  const problems = cause.problems.map(({ code, message, place, hint }) =>
    told({ code, reason: message, place, ...(hint === undefined ? {} : { next: hint }) }),
  )
  const [error] = problems
  if (error === undefined) throw new Error('a file was refused, and nothing is wrong in it')
  return { error, problems }
}

const told = (fault: Fault): Told => ({ ...fault, next: nextStep(fault) })

export const faultOf = (cause: unknown): Fault => {
  if (cause instanceof FaultError) return cause.fault
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}`.split('\n')[0] : String(cause)
  const next = 'run it again with HUMDRUM_DEBUG=1 and report what it prints'
  return { code: 'HD9999', reason: reason ?? '', next }
}

/** With the chain of causes, for HUMDRUM_DEBUG=1. */
export const traceOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return `${String(cause)}\n`
  const because = cause.cause === undefined ? '' : `because of ${traceOf(cause.cause)}`
  return `${cause.stack ?? cause.message}\n${because}`
}
