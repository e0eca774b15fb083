// All routes of this edge, and which of them a request is for. What must outlive the process is written to the folder
// before the order is answered; the grant's renewal alone, which comes every few seconds, is not.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { edgeTableSchema } from '@humdrum/contract/edge-control.ts'
import type { Scope } from '@humdrum/core/ids.ts'
import { scopeKey } from '@humdrum/core/ids.ts'
import type { Fence, Route, RouteReport } from '@humdrum/core/routing/route.ts'
import { readJson, writeDurably } from './durable-file.ts'
import type { Log } from './log.ts'
import { told } from './log.ts'
import type { StoredRoute } from './route-state.ts'
import { RouteState } from './route-state.ts'
import type { Surroundings } from './surroundings.ts'

export type Table = {
  /** Puts an order in force; null when a newer one is in force already. */
  apply(route: Route): RouteReport | null
  /** Forgets a route and ends what it has in flight; false when there is none. */
  remove(scope: Scope): boolean
  /** The route for a host name (lower case, no port); the only route, and one without hosts, takes any. */
  find(host: string): RouteState | null
  report(): readonly RouteReport[]
  /** Writes the table with the judges' present states. */
  persist(): void
  close(): void
}

type TableOptions = Surroundings & { readonly folder: string; readonly epoch: string }

const isOlder = (one: Fence, other: Fence): boolean =>
  one.rollout === other.rollout ? one.generation < other.generation : one.rollout < other.rollout

/** An order without what changes at every tick. */
const lasting = (route: Route): string => {
  const { judge } = route
  return JSON.stringify({ ...route, rescued: 0, judge: judge === null ? null : { metrics: judge.metrics } })
}

/** Reads the folder's table; the routes in it are in force at once, at their fallback weights. */
export const openTable = (options: TableOptions): Table => {
  const path = join(options.folder, 'table.json')
  const states = new Map<string, RouteState>()
  let byHost = new Map<string, RouteState>()
  let anyHost: RouteState | null = null
  let unwritten = false

  const index = (): void => {
    byHost = new Map([...states.values()].flatMap((state) => state.route.hosts.map((host) => [host, state] as const)))
    const [only] = states.size === 1 ? states.values() : []
    anyHost = only ?? [...states.values()].find((state) => state.route.hosts.length === 0) ?? null
  }

  const write = (): void => {
    const entries = [...states.values()].map((state) => state.stored())
    writeDurably(path, JSON.stringify({ version: 1, entries }))
  }

  // A full disk must not stop the traffic, nor keep a bad release in it. Told once; tried again at every order and report.
  const persist = (): void => {
    try {
      write()
      unwritten = false
    } catch (error) {
      const message = 'the table was not written: after a restart the edge would not know it'
      if (!unwritten) options.log('error', message, { error: told(error) })
      unwritten = true
    }
  }

  const add = (stored: StoredRoute, restored: boolean): RouteState => {
    const state = new RouteState(stored, { ...options, persist }, { restored })
    states.set(scopeKey(stored.route), state)
    return state
  }

  const put = (route: Route): RouteState => {
    const before = states.get(scopeKey(route))
    if (before === undefined) return add({ route, trip: null, hold: null, badInstance: null }, false)
    before.apply(route)
    return before
  }

  for (const stored of readTable(path, options.log)) add(stored, true)
  index()

  return {
    apply: (route) => {
      const before = states.get(scopeKey(route))?.route
      if (before !== undefined && isOlder(route.fence, before.fence)) return null
      const state = put(route)
      index()
      if (unwritten || before === undefined || lasting(before) !== lasting(route)) persist()
      return state.report()
    },
    remove: (scope) => {
      const state = states.get(scopeKey(scope))
      if (state === undefined) return false
      states.delete(scopeKey(scope))
      index()
      persist()
      state.close()
      return true
    },
    find: (host) => byHost.get(host) ?? anyHost,
    report: () => {
      if (unwritten) persist()
      return [...states.values()].map((state) => state.report())
    },
    persist,
    close: () => {
      for (const state of states.values()) state.close()
    },
  }
}

// A table that cannot be read is laid aside: serving nothing until the server tells all anew beats not starting.
const readTable = (path: string, log: Log): readonly StoredRoute[] => {
  try {
    const stored = readJson(path)
    return stored === undefined ? [] : edgeTableSchema.parse(stored).entries
  } catch (error) {
    renameSync(path, `${path}.unreadable`)
    log('error', 'the table cannot be read: nothing is served until the server tells the routes', {
      error: told(error),
    })
    return []
  }
}
