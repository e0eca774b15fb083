// What goes wrong in a storm: server, edge and instances are killed and stopped at random instants, each of the three by a
// hand of its own, so that they coincide. Puts right again what nobody else would: it is the supervisor of server and edge.
import { setTimeout as sleep } from 'node:timers/promises'
import type { InstanceRecord } from '@humdrum/providers/targets/process/instance-record.ts'
import type { Random } from '@humdrum/sim/random.ts'
import type { Ground } from './ground.ts'
import {
  edgePid,
  instancesOn,
  isListening,
  isServing,
  kill,
  send,
  serverPid,
  startEdge,
  startServer,
} from './ground.ts'
import type { EdgeOutage, InstanceFault, ServerOutage } from './history.ts'
import type { Standing } from './standing.ts'

export type Faults = {
  readonly server: ServerOutage[]
  readonly edge: EdgeOutage[]
  readonly instances: InstanceFault[]
  /** What is held or gone at this moment. */
  readonly away: { server: boolean; edge: boolean }
}

export type Storm = {
  readonly ground: Ground
  readonly faults: Faults
  readonly standing: Standing
  /** The release on trial of an app at this moment; null while there is none. */
  readonly candidateOf: (app: string) => string | null
}

export const noFaults = (): Faults => ({ server: [], edge: [], instances: [], away: { server: false, edge: false } })

/** So often on average, in ms. */
const paces = { server: 9_000, edge: 8_000, instance: 4_000 }
/** A grant lapses after 10 s: every second stop of the server is longer. */
const serverStops = { short: [200, 3_000], long: [10_500, 30_000] } as const
/** Longer than the server is ever away. */
const patienceMs = 90_000
const longestEdgeStopMs = 2_000
const longestInstanceStopMs = 3_000
/** A third death of one instance is a crash loop, and the candidate would rightly be taken out. */
const candidateDeaths = 2

const hold = async (pid: number, forMs: number): Promise<void> => {
  send(pid, 'SIGSTOP')
  await sleep(forMs)
  send(pid, 'SIGCONT')
}

const serverFault = async ({ ground, faults }: Storm, random: Random): Promise<void> => {
  const pid = serverPid(ground)
  if (pid === null) return
  const isKill = random.chance(0.6)
  const [low, high] = isKill ? [0, 3_000] : serverStops[random.chance(0.5) ? 'long' : 'short']
  const forMs = random.between(low, high)
  ground.note(null, isKill ? `server killed, a new one in ${forMs} ms` : `server stopped for ${forMs} ms`)
  faults.away.server = true
  const from = Date.now()
  if (isKill) {
    await kill(pid)
    await sleep(forMs)
  } else await hold(pid, forMs)
  faults.server.push({ kind: isKill ? 'killed' : 'stopped', from, to: Date.now() })
  if (isKill) await startServer(ground)
  faults.away.server = false
  ground.note(null, 'server is back')
}

const edgeKilled = async ({ ground, faults }: Storm, pid: number): Promise<void> => {
  const from = Date.now()
  let alone = false
  ground.note(null, 'edge killed')
  await kill(pid)
  // Its first thread is gone; the port closes with the last one.
  while ((await isListening(ground)) && (edgePid(ground) ?? pid) === pid) await sleep(5)
  const deadline = from + patienceMs
  while (!(await isListening(ground))) {
    if (Date.now() > deadline) throw new Error('nobody starts the edge again')
    if (!alone && faults.away.server && edgePid(ground) === null) {
      alone = true
      startEdge(ground)
    }
    await sleep(10)
  }
  const to = Date.now()
  faults.edge.push({ kind: 'killed', from, to, alone })
  ground.note(null, `edge listens again after ${to - from} ms${alone ? ', begun without a server' : ''}`)
}

const edgeFault = async (storm: Storm, random: Random): Promise<void> => {
  const { ground, faults } = storm
  const pid = edgePid(ground)
  if (pid === null) return
  faults.away.edge = true
  if (random.chance(0.5)) await edgeKilled(storm, pid)
  else {
    const [from, forMs] = [Date.now(), random.between(50, longestEdgeStopMs)]
    ground.note(null, `edge stopped for ${forMs} ms`)
    await hold(pid, forMs)
    faults.edge.push({ kind: 'stopped', from, to: Date.now(), alone: false })
  }
  faults.away.edge = false
}

/** Whom a release can spare: another instance of it serves, and the edge knows that one. */
const spareable = ({ ground, faults, standing, candidateOf }: Storm): readonly InstanceRecord[] =>
  instancesOn(ground).filter((record) => {
    const { app, id, release } = record
    const others = standing.told(release.version).filter((instance) => instance !== id)
    const deaths = faults.instances.filter((fault) => fault.kind === 'killed' && fault.release === release.version)
    const isSpent = candidateOf(app) === release.version && deaths.length >= candidateDeaths
    return isServing(record) && others.length > 0 && !isSpent
  })

const instanceFault = async (storm: Storm, random: Random): Promise<void> => {
  const { ground, faults } = storm
  const victims = spareable(storm)
  const victim = victims[random.between(0, victims.length - 1)]
  if (victim?.process == null) return
  const { app, id, release, process } = victim
  const about = { app, release: release.version, from: Date.now() }
  if (random.chance(0.6)) {
    ground.note(app, `${id} of ${release.version} killed`)
    await kill(process.pid)
    faults.instances.push({ ...about, kind: 'killed', to: Date.now() })
  } else {
    const forMs = random.between(100, longestInstanceStopMs)
    ground.note(app, `${id} of ${release.version} stopped for ${forMs} ms`)
    await hold(process.pid, forMs)
    faults.instances.push({ ...about, kind: 'stopped', to: Date.now() })
  }
}

/** One fault after the other, at random, until the signal; resolves when the last one is put right. */
const keepFailing = async (
  fault: () => Promise<void>,
  given: { readonly random: Random; readonly paceMs: number; readonly signal: AbortSignal },
): Promise<void> => {
  const { random, paceMs, signal } = given
  while (!signal.aborted) {
    await sleep(-Math.log(1 - random.next()) * paceMs, undefined, { signal }).catch(() => {}) // the signal is looked at next
    if (!signal.aborted) await fault()
  }
}

export const rage = async (
  storm: Storm,
  given: { readonly randomOf: (what: string) => Random; readonly signal: AbortSignal },
): Promise<void> => {
  const { randomOf, signal } = given
  const hand = (what: keyof typeof paces, fault: (storm: Storm, random: Random) => Promise<void>): Promise<void> => {
    const random = randomOf(what)
    return keepFailing(() => fault(storm, random), { random, paceMs: paces[what], signal })
  }
  await Promise.all([hand('server', serverFault), hand('edge', edgeFault), hand('instance', instanceFault)])
}
