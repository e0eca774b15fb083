// Whether the ports of a home are free or held by its own, and by whom otherwise.
import process from 'node:process'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import type { Finding } from '@humdrum/core/doctor/finding.ts'
import { broken, fine } from '@humdrum/core/doctor/finding.ts'
import type { HomeServer } from '../home.ts'
import { holderOf } from './listeners.ts'

const usualPorts = { api: 7_700, edge: 8_080 }

export type Own = { readonly server: HomeServer | null; readonly edge: EdgeFile | null }

export const portFindings = async ({ server, edge }: Own): Promise<readonly Finding[]> => [
  await portFinding({
    id: 'port.api',
    port: server === null ? usualPorts.api : Number(new URL(server.url).port || 80),
    own: server?.pid,
    next: 'end it, or take another: humdrum up --port 0   (0 takes any free port)',
  }),
  await portFinding({
    id: 'port.edge',
    port: edge?.port ?? usualPorts.edge,
    own: edge?.pid,
    next: 'end it, or take another: humdrum up --edge-port 0   (0 takes any free port)',
  }),
]

type Port = { readonly id: string; readonly port: number; readonly own: number | undefined; readonly next: string }

const portFinding = async ({ id, port, own, next }: Port): Promise<Finding> => {
  const holder = await holderOf(port)
  if (holder === null) return fine({ id, says: `${port} is free` })
  // Whose sockets may not be looked at (one that was given a low port by capability) is taken for our own while that lives.
  const isOwn = own !== undefined && (holder.pid === own || (holder.pid === null && lives(own)))
  if (isOwn) return fine({ id, says: `${port} is held by our own, pid ${own}` })
  const { pid, command } = holder
  const who = pid === null ? command : `pid ${pid}${command === '' ? '' : ` (${command})`}`
  return broken({ id, says: `${port} is held by ${who}`, next })
}

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false // no such process, or one of somebody else: either way not ours
  }
}
