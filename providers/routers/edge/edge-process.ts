// Starts the edge, or finds the one that already runs on this home: the edge outlives the server and is adopted by the
// next one. Knows the edge only by the file that it writes about itself.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeFileSchema } from '@humdrum/contract/edge-control.ts'
import { rotateLarge } from '@humdrum/contract/log-file.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import { identityOf } from '../../process-identity.ts'

type Command = readonly [string, ...string[]]

export type EdgeProcessPlan = {
  /** The edge's own folder: its file, its table, its log. */
  readonly folder: string
  /** Null where somebody else (systemd) starts it, and starts it again: then it is only waited for. */
  readonly command: Command | null
  /** 0 = any free one, the last one of this folder first. */
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

/** Adopts, starts, or waits for it. Fails with HD1105 (port in use) or HD5001 (it ended, or said nothing in time); then nothing of it runs. */
export const ensureEdge = async (plan: EdgeProcessPlan): Promise<Found> => {
  const { command } = plan
  if (command === null) return waitedFor(plan)
  const living = findEdge(plan.folder)
  return living === null ? started({ ...plan, command }) : ok({ edge: living, adopted: true })
}

type Found = Result<{ edge: EdgeFile; adopted: boolean }>

const waitedFor = async (plan: EdgeProcessPlan): Promise<Found> => {
  const deadline = deadlineOf(plan)
  for (;;) {
    const edge = findEdge(plan.folder)
    if (edge !== null) return ok({ edge, adopted: false })
    if (performance.now() >= deadline) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const next = 'systemctl status humdrum-edge   (systemctl --user for a service of one person)'
  return failed('HD5001', 'systemd has not started it in time', { next })
}

const deadlineOf = ({ startTimeoutMs = 10_000 }: EdgeProcessPlan): number => performance.now() + startTimeoutMs

type OwnPlan = EdgeProcessPlan & { readonly command: Command }

const started = async (plan: OwnPlan): Promise<Found> => {
  mkdirSync(plan.folder, { recursive: true, mode: 0o700 })
  // Whoever takes any port still wants the one that users know, as long as it is free.
  const last = plan.port === 0 ? readEdgeFile(plan.folder)?.port : undefined
  const again = last === undefined ? null : await startOn({ ...plan, port: last })
  return again?.ok ? again : startOn(plan)
}

const startOn = async (plan: OwnPlan): Promise<Found> => {
  const starting = start(plan)
  const edge = await firstSign(plan, starting)
  if (edge !== null) return ok({ edge, adopted: false })
  const why = await giveUp(starting)
  // Somebody else (a supervisor) may have been quicker on this folder and its port.
  const other = findEdge(plan.folder)
  return other === null ? refused(plan, why) : ok({ edge: other, adopted: true })
}

type Starting = {
  readonly child: ChildProcess
  /** How it ended: `code 1`, a signal, or why it could not be started. */
  readonly ended: Promise<string>
  /** The last line that it left in the log. */
  readonly lastLine: () => string
}

const start = ({ folder, command, port }: OwnPlan): Starting => {
  rotateLarge(logOf(folder)) // before its size is looked at: below, what comes after it is what this one says
  const log = openSync(logOf(folder), 'a', 0o600)
  const { size } = fstatSync(log)
  const [program, ...parameters] = command
  const child = spawn(program, [...parameters, '--home', folder, '--port', String(port)], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    child.once('error', ({ message }) => resolve(message))
  })
  // What earlier ones said is no word about this one.
  const lastLine = (): string =>
    readFileSync(logOf(folder)).subarray(size).toString().trimEnd().split('\n').at(-1) ?? ''
  return { child, ended, lastLine }
}

const logOf = (folder: string): string => join(folder, 'edge.log')

/** Its file, as soon as it is written; null when it ended before, or when the time is over. */
const firstSign = async (plan: EdgeProcessPlan, { child, ended }: Starting): Promise<EdgeFile | null> => {
  let isOver = false
  const end = ended.then(() => {
    isOver = true
  })
  const deadline = deadlineOf(plan)
  for (;;) {
    // Before the time is looked at: whoever stood still meanwhile finds it over, and an edge that has served for long.
    const edge = findEdge(plan.folder)
    if (edge !== null && edge.pid === child.pid) return edge
    if (isOver || performance.now() >= deadline) return null
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 10))])
  }
}

/** Ends what may still run, and answers why it is no edge. */
const giveUp = async ({ child, ended, lastLine }: Starting): Promise<string> => {
  const isSilent = child.kill('SIGKILL')
  const how = await ended
  if (isSilent) return 'it did not start in time'
  const line = lastLine()
  return `it ended at once (${how})${line === '' ? '' : `: ${line}`}`
}

const refused = ({ folder, port }: EdgeProcessPlan, why: string): Result<never> => {
  const next = 'humdrum up --edge-port 0   (0 takes any free port)'
  return why.includes('HD1105')
    ? failed('HD1105', `${port}, which the edge wants`, { next })
    : failed('HD5001', why, { next: `read ${logOf(folder)}` })
}
