// What is found when a machine with Humdrum on it is looked over, and the judgements that need no rollout. Pure: numbers
// come from outside, and the words are for people.
import { formatDuration } from '../time.ts'

export type Finding = {
  /** `disk.home`: the same for ever, for machines. */
  readonly id: string
  /** `shop/production`, where a check is made of several things. */
  readonly of: string | null
  /** `look`: it works, and somebody should know. */
  readonly verdict: 'ok' | 'look' | 'broken'
  readonly says: string
  /** What to do; null where there is nothing. */
  readonly next: string | null
}

type Told = { readonly id: string; readonly of?: string; readonly says: string }
type ToldWithNext = Told & { readonly next: string }

export const fine = ({ id, of, says }: Told): Finding => ({ id, of: of ?? null, verdict: 'ok', says, next: null })
export const look = ({ id, of, says, next }: ToldWithNext): Finding => ({
  ...{ id, of: of ?? null, verdict: 'look', says, next },
})
export const broken = ({ id, of, says, next }: ToldWithNext): Finding => ({
  ...{ id, of: of ?? null, verdict: 'broken', says, next },
})

export type Disk = { readonly path: string; readonly freeBytes: number; readonly totalBytes: number }

/** A full file system stops the store, the logs and every new release; what runs keeps serving. */
export const judgeDisk = (id: string, { path, freeBytes, totalBytes }: Disk): Finding => {
  const used = totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes
  const says = `${Math.floor(100 * used)} % used, ${gibibytes(freeBytes)} free at ${path}`
  const next = `free some space on the file system of ${path}: a full one takes no release and no log`
  if (used >= 0.9) return broken({ id, says, next })
  return used >= 0.8 ? look({ id, says, next }) : fine({ id, says })
}

export type Memory = { readonly availableBytes: number; readonly totalBytes: number }

export const judgeMemory = ({ availableBytes, totalBytes }: Memory): Finding => {
  const share = totalBytes === 0 ? 1 : availableBytes / totalBytes
  const told = { id: 'memory', says: `${gibibytes(availableBytes)} of ${gibibytes(totalBytes)} available` }
  const next =
    'a rollout runs both releases at once: free some memory, or have fewer instances (humdrum plan says how much)'
  if (share < 0.03) return broken({ ...told, next })
  return share < 0.1 ? look({ ...told, next }) : fine(told)
}

const gibibytes = (bytes: number): string => `${Number((bytes / 1_024 ** 3).toPrecision(3))} GiB`

/** Each request in flight has two: one from the client, one to the instance. */
const fewFiles = 4_096

export const judgeOpenFiles = (limit: number): Finding => {
  const told = { id: 'edge.files', says: `the edge may have ${limit.toLocaleString('en-US')} files open` }
  const next = 'raise it where the server is started (ulimit -n 65536), then humdrum down and humdrum up'
  return limit < fewFiles ? look({ ...told, next }) : fine(told)
}

/** As the manifest and the launcher have it: the launcher finds another Node, unless it is gone round. */
export const judgeNode = (version: string, path: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isFit = major >= 26 || (major === 24 && minor >= 15) || (major === 22 && minor >= 22)
  const told = { id: 'node', says: `${version}, ${path}` }
  return isFit ? fine(told) : look({ ...told, next: 'Humdrum is made for Node 22.22, 24.15, or 26 and later' })
}

/** The edge goes on when a server ends, so a newer server may find an older one. */
export const judgeEdgeVersion = (edge: string, server: string): Finding => {
  if (edge === server) return fine({ id: 'version.edge', says: `${edge}, as the server` })
  return look({
    id: 'version.edge',
    says: `the edge is ${edge}, the server ${server}: it outlived an earlier server`,
    next: 'humdrum down and humdrum up renew it; requests fail meanwhile',
  })
}

export const judgeServerVersion = (server: string, cli: string): Finding => {
  if (server === cli) return fine({ id: 'version.server', says: `${server}, as this command line` })
  return look({
    id: 'version.server',
    says: `the server is ${server}, this command line ${cli}`,
    next: 'start the server again with the version that you want; the edge and the apps go on meanwhile',
  })
}

/** Two clocks of one network differ by less. */
const differenceMs = 5_000

export const judgeClocks = (serverAheadMs: number): Finding => {
  const apart = formatDuration(Math.abs(serverAheadMs))
  if (Math.abs(serverAheadMs) < differenceMs)
    return fine({ id: 'clock.server', says: 'the clocks of the server and of this machine agree' })
  return look({
    id: 'clock.server',
    says: `the server's clock is ${apart} ${serverAheadMs > 0 ? 'ahead of' : 'behind'} that of this machine`,
    next: 'set the clock that is wrong; rollouts are timed by that of the server',
  })
}

/** `newestAt`: when something last happened, as the store has it. */
export const judgeHistory = (newestAt: number | null, now: number): Finding => {
  if (newestAt === null || newestAt - now < differenceMs)
    return fine({ id: 'clock.history', says: 'nothing in the store lies in the future' })
  return look({
    id: 'clock.history',
    says: `the newest event of the store lies ${formatDuration(newestAt - now)} in the future: the clock went back`,
    next: 'check the time of the server; a rollout that is under way takes that much longer',
  })
}

export const judgeSynchronised = (isSynchronised: boolean): Finding =>
  isSynchronised
    ? fine({ id: 'clock.ntp', says: 'the clock is synchronised' })
    : look({
        id: 'clock.ntp',
        says: 'the clock of the server is not synchronised',
        next: 'timedatectl set-ntp true, or whatever keeps the time on that machine',
      })
