// What a server says of itself when it is looked over, or why it says nothing.
import type { Client } from '@humdrum/contract/client.ts'
import type { DoctorView } from '@humdrum/contract/doctor-view.ts'
import type { Finding } from '@humdrum/core/doctor/finding.ts'
import { broken, fine, judgeClocks, judgeServerVersion, look } from '@humdrum/core/doctor/finding.ts'
import type { Fault } from '@humdrum/core/errors.ts'
import { FaultError, faults, nextStep } from '@humdrum/core/errors.ts'
import type { HomeServer } from '../home.ts'
import { processState } from '../process-state.ts'
import { version } from '../version.ts'

/** The edge alone may take two seconds to be given up. */
const patienceMs = 10_000

export type Asked = {
  readonly connect: () => Client
  /** Null where the server is elsewhere, or none was started. */
  readonly server: HomeServer | null
  readonly isElsewhere: boolean
}

export const serverFindings = async ({ connect, server, isElsewhere }: Asked): Promise<readonly Finding[]> => {
  const before = Date.now()
  const suspended = server === null ? null : suspension(server)
  if (suspended !== null) return [suspended] // it would only be waited for
  try {
    const client = connect()
    const view = await client.doctor(AbortSignal.timeout(patienceMs)).catch((cause: unknown) => older(client, cause))
    if ('findings' in view) return answered(view, isElsewhere ? view.now - (before + Date.now()) / 2 : null)
    return [judgeServerVersion(view.version, version), outdated]
  } catch (cause) {
    return [silent(cause, server)]
  }
}

const answered = (view: DoctorView, aheadMs: number | null): readonly Finding[] => [
  fine({ id: 'server', says: `answers; ${view.server.version} on Node ${view.server.node}` }),
  judgeServerVersion(view.server.version, version),
  ...(aheadMs === null ? [] : [judgeClocks(aheadMs)]),
  ...view.findings,
]

/** An old server does not know the question; what it is, it says all the same. */
const older = async (client: Client, cause: unknown): Promise<{ readonly version: string }> => {
  if (!(cause instanceof FaultError) || cause.fault.code !== 'HD9002') throw cause
  return (await client.status()).server
}

const outdated = look({
  id: 'server',
  says: 'answers, and is too old to be looked over',
  next: 'start it again with the version of this command line; the edge and the apps go on meanwhile',
})

const silent = (cause: unknown, server: HomeServer | null): Finding => {
  const fault: Fault | null = cause instanceof FaultError ? cause.fault : null
  if (fault !== null && fault.code !== 'HD1101')
    return broken({ id: 'server', says: `${faults[fault.code].sentence}: ${fault.reason}`, next: nextStep(fault) })
  if (server === null) {
    const says = `none answers${fault === null ? ' in time' : `: ${fault.reason}`}`
    // Nothing was started here: there is nothing that could be broken.
    return fault?.reason.startsWith('none was started')
      ? look({ id: 'server', says: fault.reason, next: nextStep(fault) })
      : broken({ id: 'server', says, next: fault === null ? 'look after the machine of the server' : nextStep(fault) })
  }
  const { pid, url } = server
  if (processState(pid) === null)
    return broken({ id: 'server', says: `none answers at ${url}, and its process ${pid} is gone`, next: 'humdrum up' })
  const says = `none answers at ${url}, though a process ${pid} lives`
  const next = `read server.log in the home; if that process is the server: kill -9 ${pid}, then humdrum up`
  return broken({ id: 'server', says, next })
}

const suspension = ({ pid }: HomeServer): Finding | null => {
  if (processState(pid)?.isSuspended !== true) return null
  const says = `the server (pid ${pid}) is stopped by a signal`
  return broken({ id: 'server', says, next: `let it go on: kill -CONT ${pid}` })
}
