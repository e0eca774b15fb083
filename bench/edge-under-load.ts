// A real edge process between a load of keep-alive connections and two releases in this process, which stamp what they
// see: how soon a bad candidate is left alone, and what flips of the weight cost.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeFileSchema, routeReportSchema } from '@humdrum/contract/edge-control.ts'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { AppName, EnvironmentName, RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Route, RouteReport } from '@humdrum/core/routing/route.ts'
import { nothing, ppm } from '@humdrum/core/time.ts'

/** A release that answers at once and keeps the times (ms, `performance.now`) of what it got and of its bad answers. */
type Release = { readonly server: Server; bad: boolean; readonly arrivals: number[]; readonly badAnswers: number[] }

const startRelease = async (): Promise<Release> => {
  const release: Release = {
    bad: false,
    arrivals: [],
    badAnswers: [],
    server: createServer((_, response) => {
      release.arrivals.push(performance.now())
      response.statusCode = release.bad ? 500 : 200
      if (release.bad) release.badAnswers.push(performance.now())
      response.end('0123456789')
    }),
  }
  await new Promise<void>((resolve) => release.server.listen(0, '127.0.0.1', resolve))
  return release
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

export type Bench = {
  readonly stable: Release
  readonly candidate: Release
  /** Sends an order for this rollout; `weight` null = no grant. */
  order(given: { rollout: number; generation: number; weightPpm: number; limit?: number }): Promise<RouteReport>
  report(): Promise<RouteReport>
  /** Keeps so many connections asking, with a pause after each answer, until it is ended; answers how many requests there were and how many failed (anything but 200 and 500, or an error). */
  load(
    connections: number,
    thinkMs?: number,
  ): { end(): Promise<{ requests: number; failed: number; serverErrors: number }> }
  close(): Promise<void>
}

export const startBench = async (): Promise<Bench> => {
  const folder = mkdtempSync(join(tmpdir(), 'humdrum-bench-'))
  const [stable, candidate] = [await startRelease(), await startRelease()]
  const main = fileURLToPath(new URL('../edge/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, '--home', folder, '--port', '0'], { stdio: 'ignore' })
  const edge = await readEdgeFile(folder, child)
  const control = (method: string, path: string, body?: Route): Promise<Response> =>
    fetch(`http://127.0.0.1:${edge.controlPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${edge.token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
  const ports = { stable: portOf(stable.server), candidate: portOf(candidate.server) }
  const report = async (): Promise<RouteReport> => {
    const answer = (await (await control('GET', '/report')).json()) as { routes: unknown[] }
    return routeReportSchema.parse(answer.routes[0])
  }
  return {
    stable,
    candidate,
    order: async (given) =>
      routeReportSchema.parse(await (await control('PUT', '/routes/bench/bench', routeOf(ports, given))).json()),
    report,
    load: (connections, thinkMs = 0) => startLoad(edge.port, { connections, thinkMs }),
    close: async () => {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
      for (const { server } of [stable, candidate]) {
        server.closeAllConnections()
        server.close()
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const readEdgeFile = async (folder: string, child: ChildProcess): Promise<EdgeFile> => {
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline && child.exitCode === null) {
    try {
      return edgeFileSchema.parse(JSON.parse(readFileSync(join(folder, 'edge.json'), 'utf8')))
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10)) // not written yet
    }
  }
  throw new Error('the edge did not start')
}

const routeOf = (
  ports: { stable: number; candidate: number },
  given: { rollout: number; generation: number; weightPpm: number; limit?: number },
): Route => {
  const side = (release: string, port: number) => ({
    release: release as Version,
    endpoints: [{ instance: release, host: '127.0.0.1', port }],
    wanted: 1,
  })
  return {
    app: 'bench' as AppName,
    environment: 'bench' as EnvironmentName,
    fence: { rollout: given.rollout as RolloutId, generation: given.generation },
    hosts: [],
    stable: side('stable', ports.stable),
    candidate: side('candidate', ports.candidate),
    draining: [],
    grant: {
      weight: ppm(given.weightPpm),
      ttlMs: 60_000,
      fallbackWeight: nothing,
      onTrip: 'return',
      onLapse: 'return',
    },
    warmup: null,
    judge:
      given.limit === undefined
        ? null
        : { metrics: [{ ...usualErrors, limit: given.limit }], warmupMs: 0, resume: null },
    shield: 'unreachable',
    ...{ unit: 'request', rescued: 0 },
  }
}

const startLoad = (port: number, { connections, thinkMs }: { connections: number; thinkMs: number }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const counts = { requests: 0, failed: 0, serverErrors: 0 }
  let over = false
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const settle = (status: number | null): void => {
        counts.requests += 1
        if (status === 500) counts.serverErrors += 1
        else if (status !== 200) counts.failed += 1
        resolve()
      }
      const sent = request({ host: '127.0.0.1', port, agent, path: '/' }, (response) => {
        response.resume()
        response.once('end', () => settle(response.complete ? (response.statusCode ?? null) : null))
        response.once('error', () => settle(null))
      })
      sent.once('error', () => settle(null))
      sent.end()
    })
  const client = async (): Promise<void> => {
    while (!over) {
      await one()
      if (thinkMs > 0) await new Promise((resolve) => setTimeout(resolve, thinkMs))
    }
  }
  const clients = Array.from({ length: connections }, client)
  return {
    end: async () => {
      over = true
      await Promise.all(clients)
      agent.destroy()
      return counts
    },
  }
}
