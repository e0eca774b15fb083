// The router port, carried out by an edge process over its control interface. A dead edge is started again here, at once
// and on the port that it had; whatever it lost, the next turn of the engine tells it anew.
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeReportSchema } from '@humdrum/contract/edge-control.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Router } from '@humdrum/core/ports.ts'
import { livingStat } from '../../process-identity.ts'
import type { EdgeProcessPlan } from './edge-process.ts'
import { ensureEdge, findEdge } from './edge-process.ts'

const callTimeoutMs = 2_000
const restartPauseMs = 1_000
/** Between two looks at whether the edge lives: users are refused until somebody notices. */
const watchMs = 25
/** The edge gives what is in flight ten seconds, and a little more to say goodbye. */
const goodbyeMs = 15_000

export type EdgeRouter = Router & {
  /** Finds or starts the edge. Fails with HD1105 or HD5001. */
  start(): Promise<Result<{ readonly adopted: boolean }>>
  /** Where apps are served, as was last known; empty before `start`. */
  url(): string
  /** What is known of the edge now; null while none lives. */
  edge(): EdgeFile | null
  /** Whether the last call was answered, in a way that this version understands. */
  isReachable(): boolean
  /** Lets go: the edge goes on, and nobody here starts it again. Resolves when one that is being started is there, or is not. */
  close(): Promise<void>
  /** Ends the edge, for good: what it has in flight is finished first. */
  stop(): Promise<void>
}

export const createEdgeRouter = (plan: EdgeProcessPlan): EdgeRouter => {
  let isReachable = false
  let isClosed = false
  let starting: Promise<unknown> | null = null
  let watch: NodeJS.Timeout | undefined
  let { port } = plan
  let url = ''

  const start = async (): Promise<Result<{ adopted: boolean }>> => {
    const found = await ensureEdge({ ...plan, port })
    if (!found.ok) return found
    const { edge, adopted } = found.value
    port = edge.port
    url = `http://${edge.host.includes(':') ? `[${edge.host}]` : edge.host}:${edge.port}`
    if (!isClosed) keepAlive(edge.pid)
    return ok({ adopted })
  }

  const keepAlive = (pid: number): void => {
    clearInterval(watch)
    watch = setInterval(() => {
      if (isThere(pid)) return
      clearInterval(watch)
      revive()
    }, watchMs).unref()
  }

  const revive = (): void => {
    if (!isClosed) starting ??= startAgain()
  }

  /** Whatever keeps it from starting (a full disk, somebody on its port) may pass: asked again, but not in a tight circle. */
  const startAgain = async (): Promise<void> => {
    const started = await start().catch(() => null)
    if (started === null || !started.ok) await new Promise((resolve) => setTimeout(resolve, restartPauseMs))
    starting = null
  }

  const call = async (asked: Asked): Promise<Answer | null> => {
    const edge = findEdge(plan.folder)
    if (edge === null) revive()
    const answer = edge === null ? null : await ask(edge, asked)
    isReachable = answer !== null
    return answer
  }

  const close = async (): Promise<void> => {
    isClosed = true
    clearInterval(watch)
    await starting
  }

  return {
    start,
    url: () => url,
    edge: () => findEdge(plan.folder),
    isReachable: () => isReachable,
    observe: async () => {
      const answer = await call({ method: 'GET', path: '/report' })
      const report = edgeReportSchema.safeParse(answer?.status === 200 ? jsonOf(answer.text) : null)
      isReachable = report.success
      return report.success ? report.data.routes : null
    },
    converge: async (route): Promise<Result<null>> => {
      const answer = await call({ method: 'PUT', path: `/routes/${route.app}/${route.environment}`, body: route })
      if (answer === null) return failed('HD5001', 'the route was not delivered')
      if (answer.status === 200) return ok(null)
      return answer.status === 409
        ? failed('HD5003', answer.text)
        : failed('HD9999', `the edge answered ${answer.status}: ${answer.text}`)
    },
    close,
    stop: async () => {
      await close()
      await stopEdge(plan.folder)
    },
  }
}

/** Ends the edge of a folder, if one lives, and waits until it is gone; makes sure of it when its time is over. */
export const stopEdge = async (folder: string, patienceMs = goodbyeMs): Promise<void> => {
  const edge = findEdge(folder)
  if (edge === null) return
  const deadline = performance.now() + patienceMs
  await ask(edge, { method: 'POST', path: '/shutdown' }) // it may hang: the signal below ends it
  while (findEdge(folder)?.pid === edge.pid) {
    if (performance.now() > deadline) kill(edge.pid)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/**
 * Some microseconds, unlike asking who it is: that somebody else has the number by now is found out at the next turn. One
 * that waits to be reaped, as an adopted one may for long, is gone.
 */
const isThere = (pid: number): boolean => {
  if (process.platform === 'linux') return livingStat(pid) !== null
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended by itself meanwhile
  }
}

type Asked = { readonly method: string; readonly path: string; readonly body?: unknown }
type Answer = { readonly status: number; readonly text: string }

/** Null when it is not reached, or breaks off within its answer. */
const ask = async (edge: EdgeFile, { method, path, body }: Asked): Promise<Answer | null> => {
  try {
    const response = await fetch(`http://127.0.0.1:${edge.controlPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${edge.token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(callTimeoutMs),
    })
    return { status: response.status, text: (await response.text()).trimEnd() }
  } catch {
    return null // the caller says what that means
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null // no report: the schema says so
  }
}
