// What the server knows of itself and its machine, for plans and for a look over it: traffic as the engine's looks at the
// edge show it, memory, disks, the edge as a process. Put together here, judged elsewhere.

import { diskRoom, memoryRoom } from '@humdrum/contract/room.ts'
import { isSuspended, openFilesLimit } from '@humdrum/providers/process-facts.ts'
import type { EdgeRouter } from '@humdrum/providers/routers/edge/edge-router.ts'
import { now } from './clock.ts'
import { placesIn } from './config.ts'
import type { Measured } from './delivery/preview.ts'
import type { DoctorParts, EdgeProcess } from './doctor/examine.ts'
import type { Machine } from './machine.ts'
import { damageOf } from './store/condition.ts'
import type { Store } from './store/open.ts'
import { isClockSynchronised } from './synchronised.ts'
import { createTrafficRecord } from './traffic.ts'
import { serverVersion } from './version.ts'

export type Insight = {
  /** The router for the engine: what it is told is remembered on the way. */
  readonly router: EdgeRouter
  readonly measured: Measured
  readonly doctor: DoctorParts
}

export type InsightParts = {
  readonly home: string
  readonly store: Store
  readonly machine: Machine
  readonly router: EdgeRouter
}

export const createInsight = ({ home, store, machine, router }: InsightParts): Insight => {
  const traffic = createTrafficRecord()
  const observe: EdgeRouter['observe'] = async () => {
    const reports = await router.observe()
    if (reports !== null) traffic.saw(reports, performance.now())
    return reports
  }
  return {
    router: { ...router, observe },
    measured: {
      traffic: (scope) => traffic.of(scope, performance.now()),
      memoryOf: machine.target.memoryOf,
      memory: memoryRoom,
      disk: () => diskRoom(machine.releasesDir),
    },
    doctor: {
      store,
      damage: () => damageOf(placesIn(home).store),
      now,
      version: serverVersion,
      reports: observe,
      edge: () => edgeProcess(router),
      memory: memoryRoom,
      disks: () => [
        { id: 'disk.home', disk: diskRoom(home) },
        { id: 'disk.releases', disk: diskRoom(machine.releasesDir) },
      ],
      synchronised: isClockSynchronised,
    },
  }
}

const edgeProcess = (router: EdgeRouter): EdgeProcess | null => {
  const edge = router.edge()
  if (edge === null) return null
  const { pid, version } = edge
  return { pid, version, url: router.url(), isSuspended: isSuspended(pid), openFiles: openFilesLimit(pid) }
}
