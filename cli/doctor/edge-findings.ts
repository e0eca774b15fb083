// What the edge of a home shows without a server: whether it lives, answers, and what version it is. A server that answers
// says more about it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeFileSchema } from '@humdrum/contract/edge-control.ts'
import type { Finding } from '@humdrum/core/doctor/finding.ts'
import { broken, fine, judgeEdgeVersion } from '@humdrum/core/doctor/finding.ts'
import { processState } from '../process-state.ts'
import { version } from '../version.ts'

const patienceMs = 2_000

/** Null where there never was one, or its file cannot be understood. */
export const readEdgeFile = (home: string): EdgeFile | null => {
  try {
    return edgeFileSchema.parse(JSON.parse(readFileSync(join(home, 'edge', 'edge.json'), 'utf8')))
  } catch {
    return null
  }
}

export const edgeFindings = async (edge: EdgeFile | null): Promise<readonly Finding[]> => {
  if (edge === null) return []
  const { pid, port, startTime } = edge
  const state = processState(pid)
  const isThat = state !== null && (startTime === null || state.startTicks === String(startTime))
  const versions = judgeEdgeVersion(edge.version, version)
  if (isThat && state.isSuspended) {
    const says = `the edge (pid ${pid}) is stopped by a signal: apps are not reached`
    return [broken({ id: 'edge', says, next: `let it go on: kill -CONT ${pid}` }), versions]
  }
  if (await answers(edge)) return [fine({ id: 'edge', says: `serves on port ${port}, pid ${pid}` }), versions]
  if (!isThat) {
    const says = `no edge lives (it was pid ${pid}): apps are not reached`
    return [broken({ id: 'edge', says, next: 'humdrum up starts it again' })]
  }
  const says = `the edge (pid ${pid}) does not answer; what it serves, it may go on serving`
  return [
    broken({ id: 'edge', says, next: `read edge/edge.log in the home; or kill -9 ${pid}, then humdrum up` }),
    versions,
  ]
}

const answers = async ({ controlPort, token }: EdgeFile): Promise<boolean> => {
  try {
    const headers = { authorization: `Bearer ${token}` }
    const signal = AbortSignal.timeout(patienceMs)
    const response = await fetch(`http://127.0.0.1:${controlPort}/report`, { headers, signal })
    await response.text()
    return response.ok
  } catch {
    return false // refused, broken off, or no word in time
  }
}
