// The server, put together: home, store, machine, edge, API, engine. Started in this order and ended in the reverse one,
// so that nothing is asked of a part that is gone.

import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import { rolloutName, scopeKey } from '@humdrum/core/ids.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { ensureEdge } from '@humdrum/providers/routers/edge/edge-process.ts'
import type { EdgeRouter } from '@humdrum/providers/routers/edge/edge-router.ts'
import { createEdgeRouter } from '@humdrum/providers/routers/edge/edge-router.ts'
import { missingVariables } from '@humdrum/providers/targets/process/app-environment.ts'
import { now } from './clock.ts'
import type { ServerConfig } from './config.ts'
import { placesIn } from './config.ts'
import { startEngine } from './engine/loop.ts'
import type { Log } from './engine/turn.ts'
import { claimToken, prepareHome, writeCliFile } from './home.ts'
import { createHttp } from './http/app.ts'
import type { Machine } from './machine.ts'
import { openMachine } from './machine.ts'
import { lockHome } from './store/lock.ts'
import type { Store } from './store/open.ts'
import { openStore } from './store/open.ts'
import { newestRollouts } from './store/rollouts.ts'
import { serverVersion } from './version.ts'

const pace = { busyMs: 200, idleMs: 1_000 }

type Say = (text: string) => void

/** Resolves when the server has ended. Fails with HD1104, HD1105, HD1106 or HD5001 before it serves. */
export const serve = async (config: ServerConfig, say: Say): Promise<Result<null>> => {
  const prepared = prepareHome(config.home)
  if (!prepared.ok) return prepared
  const places = placesIn(config.home)
  const lock = lockHome(places.lock)
  if (lock === null) return failed('HD1104', config.home)
  const edge = await ensureEdge({ folder: places.edge, command: edgeCommand(), port: config.edgePort })
  if (!edge.ok) {
    lock.release()
    return edge
  }
  const store = await openStore(places.store)
  const machine = openMachine(config.home)
  const router = createEdgeRouter({ folder: places.edge, command: edgeCommand(), port: edge.value.edge.port })
  const parts: Parts = { config, store, machine, router, say }
  const served = await run(parts, edge.value)
  machine.target.close()
  await store.close()
  lock.release()
  return served
}

type Parts = {
  readonly config: ServerConfig
  readonly store: Store
  readonly machine: Machine
  readonly router: EdgeRouter
  readonly say: Say
}

const run = async (
  parts: Parts,
  edge: { edge: { port: number; host: string }; adopted: boolean },
): Promise<Result<null>> => {
  const { config, store, machine, router, say } = parts
  const { token, hash } = await claimToken(store, placesIn(config.home).cli)
  const stopping = Promise.withResolvers<boolean>()
  const edgeUrl = `http://${edge.edge.host}:${edge.edge.port}`
  let url = ''
  const http = await createHttp({
    store,
    delivery: {
      store,
      now,
      place: machine.target.place,
      missingVariables: (run) => missingVariables(run, process.env),
    },
    artifacts: machine.artifacts,
    logs: { read: machine.target.readLogs, follow: machine.target.followLogs },
    edge: () => ({ url: edgeUrl, reachable: router.isReachable(), pid: router.edge()?.pid ?? null }),
    tokenHash: hash,
    server: { version: serverVersion, startedAt: now(), pid: process.pid, url: () => url },
    onStop: stopping.resolve,
    lapsing: () => lapsing(store),
  })
  const listening = await listen(http, config.port)
  if (!listening.ok) return listening
  url = `http://127.0.0.1:${listening.value}`
  writeCliFile(placesIn(config.home).cli, { url, token, pid: process.pid })
  const engine = startEngine({ store, target: machine.target, router, now, log: logTo(say) }, pace)
  say(
    `humdrum ${serverVersion} serves on ${url}; apps on ${edgeUrl}${edge.adopted ? ' (the edge went on meanwhile)' : ''}`,
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.resolve(false))

  const everything = await stopping.promise
  await engine.close()
  if (everything) await machine.target.stopAll()
  if (everything) await router.stop()
  await http.close()
  say(everything ? 'stopped: apps, edge and server' : await lastWords(store, edgeUrl))
  return ok(null)
}

const listen = async (http: Awaited<ReturnType<typeof createHttp>>, port: number): Promise<Result<number>> => {
  try {
    await http.listen({ host: '127.0.0.1', port })
    return ok((http.server.address() as AddressInfo).port)
  } catch (cause) {
    await http.close()
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')
      return failed('HD1105', `${port}, which the API wants`)
    throw cause
  }
}

/** Rollouts whose candidate has traffic by a grant that nobody will renew. */
const lapsing = async (store: Store): Promise<string[]> =>
  (await newestRollouts(store.db))
    .filter(
      ({ rollout }) => !isOver(rollout) && ['Progressing', 'Paused', 'Promoting', 'Baking'].includes(rollout.phase),
    )
    .map(({ rollout }) => `${rolloutName(rollout.id)} (${scopeKey(rollout.scope)})`)

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
    if (level === 'info') say(`${new Date().toISOString()}  ${text}`)
    else process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, text, ...more })}\n`)
  }

/** The source in a checkout, the bundle beside this file otherwise. */
const edgeCommand = (): [string, string] => {
  const source = fileURLToPath(new URL('../edge/main.ts', import.meta.url))
  return [process.execPath, existsSync(source) ? source : fileURLToPath(new URL('./edge.js', import.meta.url))]
}
