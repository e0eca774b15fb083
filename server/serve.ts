// The server, put together: home, store, machine, API, edge, engine. Started in this order and ended in the reverse one,
// so that nothing is asked of a part that is gone, and what refuses to start leaves nothing half started.
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import { rolloutName, scopeKey } from '@humdrum/core/ids.ts'
import type { MetricsSource, SourceSpec } from '@humdrum/core/ports.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import type { EdgeRouter } from '@humdrum/providers/routers/edge/edge-router.ts'
import { createEdgeRouter } from '@humdrum/providers/routers/edge/edge-router.ts'
import { missingVariables } from '@humdrum/providers/targets/process/app-environment.ts'
import type { FastifyInstance } from 'fastify'
import { now } from './clock.ts'
import type { ServerConfig } from './config.ts'
import { placesIn } from './config.ts'
import { isDiskFull } from './disk-full.ts'
import { startEngine } from './engine/loop.ts'
import type { Log } from './engine/turn.ts'
import { claimToken, keepCliFile, prepareHome, writeCliFile } from './home.ts'
import { giveUpBallast } from './housekeeping/ballast.ts'
import { startHousekeeping } from './housekeeping/housekeeping.ts'
import { createHttp } from './http/app.ts'
import type { Insight } from './insight.ts'
import { createInsight } from './insight.ts'
import type { Machine } from './machine.ts'
import { openMachine } from './machine.ts'
import { metricsSource, missingForSource } from './metrics-source.ts'
import { startObserving } from './observations/observing.ts'
import { lockHome } from './store/lock.ts'
import type { Store } from './store/open.ts'
import { openStore } from './store/open.ts'
import { newestRollouts } from './store/rollouts.ts'
import { serverVersion } from './version.ts'

const defaultEdgePort = 8_080
const pace = { busyMs: 200, idleMs: 1_000 }
const housekeepingPace = { lookMs: 5_000, collectMs: 600_000 }
/** How often it is looked whether a source is to be asked; how often it is asked is the source's own interval. */
const observingMs = 1_000
const keepCliFileMs = 2_000
/** Whoever ends a group of processes may reach this one twice: the second signal has to find somebody who listens. */
const echoMs = 50

type Say = (text: string) => void

/** Resolves when the server has ended. Fails with HD1104, HD1105, HD1106, HD1107 or HD5001 before it serves. */
export const serve = async (config: ServerConfig, say: Say): Promise<Result<null>> => {
  let hasServed = false
  const served = await serveOnce(config, (text) => {
    hasServed = true
    say(text)
  })
  const isFull = !served.ok && served.fault.code === 'HD1107' && !hasServed
  return isFull && giveUpBallast(config.home) ? serveOnce(config, say) : served
}

const serveOnce = async (config: ServerConfig, say: Say): Promise<Result<null>> => {
  const prepared = prepareHome(config.home)
  if (!prepared.ok) return prepared
  try {
    const places = placesIn(config.home)
    const lock = lockHome(places.lock)
    if (lock === null) return failed('HD1104', config.home)
    try {
      const store = await openStore(places.store)
      try {
        return await serveWith(config, store, say)
      } finally {
        await store.close()
      }
    } finally {
      lock.release()
    }
  } catch (cause) {
    if (isDiskFull(cause)) return failed('HD1107', `${config.home} cannot be written`)
    throw cause
  }
}

type Parts = {
  readonly config: ServerConfig
  readonly store: Store
  readonly machine: Machine
  readonly router: EdgeRouter
  readonly insight: Insight
  readonly say: Say
  readonly stopping: PromiseWithResolvers<{ readonly everything: boolean }>
}

const serveWith = async (config: ServerConfig, store: Store, say: Say): Promise<Result<null>> => {
  const machine = openMachine(config.home)
  const router = createEdgeRouter({
    folder: placesIn(config.home).edge,
    command: config.supervisedEdge ? null : edgeCommand(),
    port: config.edgePort ?? defaultEdgePort,
  })
  const insight = createInsight({ home: config.home, store, machine, router })
  const parts: Parts = { config, store, machine, router, insight, say, stopping: Promise.withResolvers() }
  const { token, hash } = await claimToken(store, placesIn(config.home).cli)
  let url = ''
  let keeping: NodeJS.Timeout | undefined
  const http = httpOf(parts, { tokenHash: hash, url: () => url })
  try {
    const listening = await listen(http, config.port)
    if (!listening.ok) return listening
    const edge = await router.start()
    if (!edge.ok) return edge
    await router.observe() // whoever finds the API finds it ready
    url = `http://127.0.0.1:${listening.value}`
    const cliFile = { url, token, pid: process.pid }
    writeCliFile(placesIn(config.home).cli, cliFile)
    keeping = setInterval(keepCliFile, keepCliFileMs, placesIn(config.home).cli, cliFile)
    // Before anybody is told that it serves: who reads that may ask it to end.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => parts.stopping.resolve({ everything: false }))
    const adopted = edge.value.adopted ? `\n  ${adoptedWords(config, router)}` : ''
    say(`humdrum ${serverVersion} serves on ${url}; apps on ${router.url()}${adopted}`)
    await runUntilStopped(parts)
    return ok(null)
  } finally {
    clearInterval(keeping)
    await http.close()
    void router.close() // an edge that is being started goes on without us
    machine.target.close()
  }
}

const adoptedWords = ({ edgePort }: ServerConfig, router: EdgeRouter): string => {
  const keepsPort = edgePort !== null && edgePort !== 0 && edgePort !== router.edge()?.port
  return `the edge went on meanwhile${keepsPort ? `, so it keeps its port: for ${edgePort} it has to end first (humdrum down)` : ''}`
}

const sourceOf = (spec: SourceSpec): MetricsSource => metricsSource(spec, process.env)

const runUntilStopped = async ({ config, store, machine, router, insight, say, stopping }: Parts): Promise<void> => {
  const log = logTo(say)
  const engine = startEngine({ store, target: machine.target, router: insight.router, sourceOf, now, log }, pace)
  const housekeeping = startHousekeeping(
    { store, artifacts: machine.artifacts, inUse: machine.target.artifactsInUse, now, home: config.home, log },
    housekeepingPace,
  )
  const observing = startObserving({ store, sourceOf, now, log }, observingMs)
  const { everything } = await stopping.promise
  await Promise.all([housekeeping.close(), observing.close()])
  await Promise.all([engine.close(), sleep(echoMs)])
  if (everything) await machine.target.stopAll()
  if (everything) await router.stop()
  say(everything ? 'stopped: apps, edge and server' : await lastWords(store, router.url()))
}

type Address = { readonly tokenHash: string; readonly url: () => string }

const httpOf = ({ store, machine, router, insight, stopping }: Parts, { tokenHash, url }: Address): FastifyInstance =>
  createHttp({
    store,
    delivery: {
      store,
      now,
      place: machine.target.place,
      instances: machine.target.observe,
      missingVariables: (run) => missingVariables(run, process.env),
      missingForSource: (spec) => missingForSource(spec, process.env),
      sourceOf,
      disks: machine.disks,
    },
    measured: insight.measured,
    doctor: insight.doctor,
    artifacts: machine.artifacts,
    logs: { read: machine.target.readLogs, follow: machine.target.followLogs },
    edge: () => ({ url: router.url(), reachable: router.isReachable(), pid: router.edge()?.pid ?? null }),
    tokenHash,
    server: { version: serverVersion, startedAt: now(), pid: process.pid, url },
    onStop: (everything) => stopping.resolve({ everything }),
    lapsing: () => lapsing(store),
  })

const listen = async (http: FastifyInstance, port: number): Promise<Result<number>> => {
  try {
    await http.listen({ host: '127.0.0.1', port })
    return ok((http.server.address() as AddressInfo).port)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'EADDRINUSE') return failed('HD1105', `${port}, which the API wants`)
    if (code === 'EACCES') {
      const next = 'choose a port from 1024 on: humdrum up --port N'
      return failed('HD1105', `${port} is for the administrator alone`, { next })
    }
    throw cause
  }
}

/** Rollouts whose candidate has traffic by a grant that nobody will renew. */
const lapsing = async (store: Store): Promise<string[]> =>
  (await newestRollouts(store.db))
    .filter(({ rollout }) => !isOver(rollout) && exposing.includes(rollout.phase))
    .map(({ rollout }) => `${rolloutName(rollout.id)} (${scopeKey(rollout.scope)})`)

const exposing: readonly string[] = ['Progressing', 'Paused', 'Promoting', 'Baking']

const lastWords = async (store: Store, edgeUrl: string): Promise<string> => {
  const names = await lapsing(store)
  const grants =
    names.length === 0
      ? ''
      : `\n  ${names.join(', ')}: the grant lapses in 10 s, then stable has all traffic until a server is up again`
  return `server stopped; the edge and the apps keep serving on ${edgeUrl}${grants}\n  start it again: humdrum up      stop everything: humdrum down`
}

const logTo =
  (say: Say): Log =>
  (level, text, more) => {
    const line = `${new Date(now()).toISOString()}  ${text}`
    if (level === 'info') say(line)
    else process.stderr.write(`${line}${more === undefined ? '' : `  ${JSON.stringify(more)}`}\n`)
  }

/** The source in a checkout, the bundle beside this file otherwise. */
const edgeCommand = (): [string, string] => {
  const source = fileURLToPath(new URL('../edge/main.ts', import.meta.url))
  return [process.execPath, existsSync(source) ? source : fileURLToPath(new URL('./edge.js', import.meta.url))]
}
