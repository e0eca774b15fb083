// Starts the edge, or finds the one that already runs on this home: the edge outlives the server and is adopted by the
// next one. Knows the edge only by the file that it writes about itself.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeFileSchema } from '@humdrum/contract/edge-control.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import { identityOf } from '../../process-identity.ts'

export type EdgeProcessPlan = {
  /** The edge's own folder: its file, its table, its log. */
  readonly folder: string
  readonly command: readonly [string, ...string[]]
  readonly port: number
  readonly startTimeoutMs?: number
}

/** The edge that lives on this folder; null when there is none. */
export const findEdge = (folder: string): EdgeFile | null => {
  const file = readEdgeFile(folder)
  return file !== null && isThatProcess(file) ? file : null
}

const readEdgeFile = (folder: string): EdgeFile | null => {
  try {
    return edgeFileSchema.parse(JSON.parse(readFileSync(join(folder, 'edge.json'), 'utf8')))
  } catch {
    return null // none yet, or half of another version: then nothing is known of an edge
  }
}

const isThatProcess = ({ pid, startTime }: EdgeFile): boolean => {
  const identity = identityOf(pid)
  return identity !== null && (startTime === null || identity.endsWith(`:${startTime}`))
}

/** Adopts or starts. Fails with HD1105 (port in use) or HD5001 (it ended, or said nothing in time). */
export const ensureEdge = async (plan: EdgeProcessPlan): Promise<Result<{ edge: EdgeFile; adopted: boolean }>> => {
  const living = findEdge(plan.folder)
  if (living !== null) return ok({ edge: living, adopted: true })
  mkdirSync(plan.folder, { recursive: true, mode: 0o700 })
  const logFile = join(plan.folder, 'edge.log')
  const log = openSync(logFile, 'a', 0o600)
  const [program, ...parameters] = plan.command
  const child = spawn(program, [...parameters, '--home', plan.folder, '--port', String(plan.port)], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
    child.once('error', () => resolve(null))
  })
  return waitForFile(plan, { pid: child.pid ?? null, ended, logFile })
}

type Starting = { readonly pid: number | null; readonly ended: Promise<number | null>; readonly logFile: string }

const waitForFile = async (
  plan: EdgeProcessPlan,
  { pid, ended, logFile }: Starting,
): Promise<Result<{ edge: EdgeFile; adopted: boolean }>> => {
  let over = false
  const end = ended.then(() => {
    over = true
  })
  const deadline = performance.now() + (plan.startTimeoutMs ?? 10_000)
  while (!over && performance.now() < deadline) {
    const edge = findEdge(plan.folder)
    if (edge !== null && edge.pid === pid) return ok({ edge, adopted: false })
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 10))])
  }
  const said = readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  if (said.includes('HD1105'))
    return failed('HD1105', `${plan.port}, which the edge wants`, {
      next: 'humdrum up --edge-port 0   (0 takes any free port)',
    })
  return failed('HD5001', over ? `it ended at once: ${said}` : 'it did not start in time', { next: `read ${logFile}` })
}
