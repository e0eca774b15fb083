// The router port, carried out by an edge process over its control interface. A dead edge is started again here, on the
// port that it had; whatever it lost, the next turn of the engine tells it anew.

import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeReportSchema } from '@humdrum/contract/edge-control.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Router } from '@humdrum/core/ports.ts'
import type { EdgeProcessPlan } from './edge-process.ts'
import { ensureEdge, findEdge } from './edge-process.ts'

const callTimeoutMs = 2_000
const restartPauseMs = 1_000

export type EdgeRouter = Router & {
  /** Finds or starts the edge. Fails with HD1105 or HD5001. */
  start(): Promise<Result<{ readonly adopted: boolean }>>
  /** Where apps are served, as was last known; empty before `start`. */
  url(): string
  /** What is known of the edge now; null while none lives. */
  edge(): EdgeFile | null
  /** Whether the last call reached it. */
  isReachable(): boolean
  /** Ends the edge, for good: what it has in flight is finished first. */
  stop(): Promise<void>
}

export const createEdgeRouter = (plan: EdgeProcessPlan): EdgeRouter => {
  let reachable = false
  let starting: Promise<unknown> | null = null
  let { port } = plan
  let url = ''

  const start = async (): Promise<Result<{ adopted: boolean }>> => {
    const found = await ensureEdge({ ...plan, port })
    if (!found.ok) return found
    const { edge, adopted } = found.value
    port = edge.port
    url = `http://${edge.host.includes(':') ? `[${edge.host}]` : edge.host}:${edge.port}`
    return ok({ adopted })
  }

  const restart = (): void => {
    starting ??= startAgain().finally(() => {
      starting = null
    })
  }

  /** Whatever keeps it from starting (a full disk, somebody on its port) may pass: asked again, but not in a tight circle. */
  const startAgain = async (): Promise<void> => {
    const started = await start().catch(() => null)
    if (started === null || !started.ok) await new Promise((resolve) => setTimeout(resolve, restartPauseMs))
  }

  const call = async (method: string, path: string, body?: unknown): Promise<Response | null> => {
    const edge = findEdge(plan.folder)
    if (edge === null) {
      reachable = false
      restart()
      return null
    }
    const response = await request(edge, { method, path, body }).catch(() => null) // not reached: the caller says so
    reachable = response !== null
    return response
  }

  return {
    start,
    url: () => url,
    edge: () => findEdge(plan.folder),
    isReachable: () => reachable,
    observe: async () => {
      const response = await call('GET', '/report')
      if (response === null || !response.ok) return null
      return edgeReportSchema.parse(await response.json()).routes
    },
    converge: async (route): Promise<Result<null>> => {
      const response = await call('PUT', `/routes/${route.app}/${route.environment}`, route)
      if (response === null) return failed('HD5001', 'the route was not delivered')
      const text = await response.text()
      if (response.ok) return ok(null)
      return response.status === 409
        ? failed('HD5003', text)
        : failed('HD9999', `the edge answered ${response.status}: ${text}`)
    },
    stop: async () => {
      await starting
      await stopEdge(plan.folder)
    },
  }
}

/** Ends the edge of a folder, if one lives; waits until it is gone, and makes sure of it after ten seconds. */
export const stopEdge = async (folder: string): Promise<void> => {
  const edge = findEdge(folder)
  if (edge === null) return
  await request(edge, { method: 'POST', path: '/shutdown', body: undefined }).catch(() => null) // it may hang: the signal below ends it
  const deadline = performance.now() + 10_000
  while (findEdge(folder)?.pid === edge.pid) {
    if (performance.now() > deadline) process.kill(edge.pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

type Asked = { readonly method: string; readonly path: string; readonly body: unknown }

const request = (edge: EdgeFile, { method, path, body }: Asked): Promise<Response> =>
  fetch(`http://127.0.0.1:${edge.controlPort}${path}`, {
    method,
    headers: { authorization: `Bearer ${edge.token}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(callTimeoutMs),
  })
