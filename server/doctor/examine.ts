// Looks this server over: its edge, its store, its machine, what it serves. Asks and judges; changes nothing.
import type { DoctorView } from '@humdrum/contract/doctor-view.ts'
import { judgeAgreement, judgeInstances, judgeSplit } from '@humdrum/core/doctor/agreement.ts'
import type { Disk, Finding, Memory } from '@humdrum/core/doctor/finding.ts'
import {
  broken,
  fine,
  judgeDisk,
  judgeEdgeVersion,
  judgeHistory,
  judgeMemory,
  judgeOpenFiles,
  judgeSynchronised,
  look,
} from '@humdrum/core/doctor/finding.ts'
import type { RouteReport } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { lastTransitionAt } from '../store/condition.ts'
import type { Store } from '../store/open.ts'
import { getMeasurements } from '../store/records.ts'
import { newestRollouts } from '../store/rollouts.ts'

/** The edge as a process of this machine. */
export type EdgeProcess = {
  readonly pid: number
  readonly version: string
  readonly url: string
  readonly isSuspended: boolean
  /** Null where the system does not say. */
  readonly openFiles: number | null
}

export type DoctorParts = {
  readonly store: Store
  /** What is wrong with the store's file; null when it is whole. */
  readonly damage: () => string | null
  readonly now: () => Instant
  readonly version: string
  readonly reports: () => Promise<readonly RouteReport[] | null>
  /** Null while none lives. */
  readonly edge: () => EdgeProcess | null
  readonly memory: () => Memory
  readonly disks: () => readonly { readonly id: string; readonly disk: Disk }[]
  /** Null where the system does not say. */
  readonly synchronised: () => Promise<boolean | null>
}

export const examine = async (parts: DoctorParts): Promise<DoctorView> => {
  const reports = await parts.reports() // before the store: agreement.ts says why
  const synchronised = await parts.synchronised()
  return {
    now: parts.now(),
    server: { version: parts.version, node: process.versions.node },
    findings: [
      ...edgeFindings(parts, reports !== null),
      ...(await storeFindings(parts, reports)),
      ...parts.disks().map(({ id, disk }) => judgeDisk(id, disk)),
      judgeMemory(parts.memory()),
      ...(synchronised === null ? [] : [judgeSynchronised(synchronised)]),
    ],
  }
}

const edgeFindings = ({ edge, version }: DoctorParts, answers: boolean): readonly Finding[] => {
  const found = edge()
  if (found === null) {
    const next = 'the server starts it again by itself, every second; edge/edge.log in its home says why it ends'
    return [broken({ id: 'edge', says: 'no edge lives: apps are not reached', next })]
  }
  const { openFiles } = found
  return [
    edgeFinding(found, answers),
    judgeEdgeVersion(found.version, version),
    ...(openFiles === null ? [] : [judgeOpenFiles(openFiles)]),
  ]
}

const edgeFinding = ({ pid, url, isSuspended }: EdgeProcess, answers: boolean): Finding => {
  if (isSuspended) {
    const says = `the edge (pid ${pid}) is stopped by a signal: apps are not reached`
    return broken({ id: 'edge', says, next: `let it go on: kill -CONT ${pid}` })
  }
  if (answers) return fine({ id: 'edge', says: `serves on ${url}, pid ${pid}` })
  const says = `the edge (pid ${pid}) does not answer the server; what it serves, it may go on serving`
  const next = `read edge/edge.log in the home; kill -9 ${pid} has the server start it anew on the same port`
  return broken({ id: 'edge', says, next })
}

/** What cannot be read is one finding, and nothing else is said of it. */
const storeFindings = async (
  parts: DoctorParts,
  reports: readonly RouteReport[] | null,
): Promise<readonly Finding[]> => {
  const { db } = parts.store
  const damage = parts.damage()
  if (damage !== null) return [damagedStore(damage)]
  try {
    const newest = await newestRollouts(db)
    const rollouts = newest.map(({ rollout }) => rollout)
    const measurements = await getMeasurements(
      db,
      rollouts.map(({ id }) => id),
    )
    const serving = rollouts.flatMap((rollout) => {
      const seen = measurements.get(rollout.id)
      const found = [judgeInstances(rollout, seen?.releases ?? []), judgeSplit(rollout, seen?.mismatch ?? null)]
      return found.filter((one) => one !== null)
    })
    return [
      fine({ id: 'store', says: 'it is whole' }),
      ...(reports === null ? [unread] : judgeAgreement(rollouts, reports)),
      ...serving,
      judgeHistory(await lastTransitionAt(db), parts.now()),
    ]
  } catch (cause) {
    return [damagedStore(cause instanceof Error ? cause.message : String(cause))]
  }
}

const damagedStore = (why: string): Finding =>
  broken({
    id: 'store',
    says: `the store cannot be read: ${why}`,
    next: 'the edge and the apps go on; keep a copy of the home, then humdrum down and begin anew: humdrum up --home ANOTHER',
  })

const unread = look({
  id: 'edge.agrees',
  says: 'the edge cannot be read, so it is not known whether it does what is wanted',
  next: 'mend what is said of the edge first',
})
