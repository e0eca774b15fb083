import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Table } from './table.ts'
import { openTable } from './table.ts'
import { surroundingsOf } from './test-bed/edge-bed.ts'
import { at, fence, granted, judged, order } from './test-bed/order.ts'

let folder: string
let logged: string[]
let tables: Table[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'table-'))
  logged = []
  tables = []
})
afterEach(() => {
  for (const table of tables) table.close()
  rmSync(folder, { recursive: true })
})

const open = (): Table => {
  const table = openTable({ ...surroundingsOf(logged), folder, epoch: 'e' })
  tables.push(table)
  return table
}
const path = () => join(folder, 'table.json')
const written = () => statSync(path(), { bigint: true }).ino
const production = order({ stable: at('v1', 1) })
const staging = order({ environment: 'staging', hosts: ['staging.example', 'stage'], stable: at('v9', 9) })
const found = (table: Table, host: string) => table.find(host)?.route.environment

describe('orders', () => {
  const candidate = (rollout: number, generation: number) =>
    order({ fence: fence(rollout, generation), stable: at('v1', 1), candidate: at('v2', 2), grant: granted(0.1) })

  test('an older one is refused and changes nothing; the same one again is taken', () => {
    const table = open()
    expect(table.apply(candidate(3, 5))?.weight).toBe(100_000)
    expect(table.apply(order({ fence: fence(3, 4) }))).toBeNull()
    expect(table.apply(order({ fence: fence(2, 9) }))).toBeNull()
    expect(table.report()).toMatchObject([{ fence: fence(3, 5), weight: 100_000 }])
    expect(table.apply(candidate(3, 5))?.fence).toEqual(fence(3, 5))
    expect(table.apply(candidate(4, 1))?.fence).toEqual(fence(4, 1))
  })

  test('a route is removed once', () => {
    const table = open()
    table.apply(production)
    expect(table.remove(production)).toBe(true)
    expect(table.remove(production)).toBe(false)
    expect([table.report(), table.find('x')]).toEqual([[], null])
  })
})

describe('which route a host finds', () => {
  test('the only one takes any host', () => {
    const table = open()
    expect(table.find('x')).toBeNull()
    table.apply(staging)
    expect([found(table, 'staging.example'), found(table, ''), found(table, 'x')]).toEqual(Array(3).fill('staging'))
  })

  test('with several: its own, then the one without hosts', () => {
    const table = open()
    table.apply(staging)
    table.apply(production)
    expect([found(table, 'stage'), found(table, 'x')]).toEqual(['staging', 'production'])
    table.apply(order({ fence: fence(1, 2), hosts: ['www'], stable: at('v1', 1) }))
    expect([found(table, 'www'), found(table, 'stage'), table.find('x')]).toEqual(['production', 'staging', null])
    table.remove(production)
    expect(found(table, 'www')).toBe('staging')
  })
})

describe('what outlives the process', () => {
  test('the routes, in force at once', () => {
    const first = open()
    first.apply(production)
    first.apply(staging)
    const second = open()
    expect(second.report()).toMatchObject([{ stable: 'v1' }, { stable: 'v9' }])
    expect(second.find('stage')?.choose()?.release.version).toBe('v9')
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  test('a candidate, at its fallback weight', () => {
    const grant = granted(0.5, { fallbackWeight: 5_000 })
    open().apply(order({ stable: at('v1', 1), candidate: at('v2', 2), grant, judge: judged() }))
    expect(open().report()).toMatchObject([{ candidate: 'v2', weight: 5_000, lapsed: true }])
  })

  test('fences: an older order is refused by the next edge too', () => {
    open().apply(order({ fence: fence(3, 5) }))
    expect(open().apply(order({ fence: fence(3, 4) }))).toBeNull()
  })

  test('a removal', () => {
    const table = open()
    table.apply(production)
    table.remove(production)
    expect(open().report()).toEqual([])
  })

  test('renewals of a grant, and the states that come back with them, are not written; whatever else changes is', () => {
    const table = open()
    const grant = granted(0.1)
    const route = { stable: at('v1', 1), candidate: at('v2', 2), grant, judge: judged() }
    table.apply(order(route))
    const before = written()
    const resume = table.report()[0]?.judge
    for (const rescued of [0, 1, 2]) table.apply(order({ ...route, rescued, judge: { ...judged(), resume } }))
    expect(written()).toBe(before)
    table.apply(order({ ...route, grant: granted(0.2) }))
    expect(written()).not.toBe(before)
  })

  test("the judge's state, when asked to persist", () => {
    const table = open()
    table.apply(order({ stable: at('v1', 1), candidate: at('v2', 2), grant: granted(1), judge: judged() }))
    const state = table.find('')
    const routed = state?.choose()
    if (state === null || routed === null || routed === undefined) throw new Error('nobody is chosen')
    state.settle(routed, true, 0)
    table.persist()
    expect(open().report()[0]?.judge?.errors.candidate).toEqual({ requests: 1, bad: 1 })
  })
})

/** As an edge wrote it that judged errors alone. */
describe('a table of before latency was judged', () => {
  const resume = {
    ...{ version: 1, candidate: { requests: 9, bad: 3 }, stable: { requests: 90, bad: 0 }, logs: Array(24).fill(0) },
    ...{ streak: 3, strata: { candidateRequests: 0, excess: 0, mhCandidate: 0, mhStable: 0 }, decided: 'trip' },
    open: { second: 4, candidate: { requests: 9, bad: 3 }, stable: { requests: 90, bad: 0 } },
    recentStable: [[0, 90, 0]],
  }
  const earlier = {
    ...{ app: 'shop', environment: 'production', fence: fence(3, 5), hosts: [], warmup: null, draining: [] },
    ...{ stable: at('v1', 1), candidate: at('v2', 2), grant: granted(0.5), judge: { limit: 100, resume } },
  }
  const trip = {
    ...{ metric: 'errors', rule: 'evidence', evidence: 400, limit: 100, at: 5, decisiveToZeroMs: 0.2 },
    ...{ candidate: { requests: 9, bad: 3 }, stable: { requests: 90, bad: 0 } },
  }
  const opened = (entry: object): Table => {
    writeFileSync(
      path(),
      JSON.stringify({ version: 1, entries: [{ route: earlier, trip: null, hold: null, ...entry }] }),
    )
    return open()
  }

  test('serves at once; what its judge knew is forgotten, and the next order brings another one', () => {
    const table = opened({})
    expect(table.find('')?.choose()?.release.version).toBe('v1')
    expect(table.report()).toMatchObject([{ candidate: 'v2', weight: 0, lapsed: true, judge: null }])
    table.apply(order({ ...earlier, judge: judged() }))
    expect(table.report()).toMatchObject([{ weight: 500_000, judge: { version: 3 } }])
    expect(logged.join()).not.toContain('cannot be read')
  })

  test('its trip stands', () => {
    const table = opened({ trip })
    table.apply(order({ ...earlier, judge: judged() }))
    expect(table.report()).toMatchObject([{ weight: 0, trip: { evidence: 400, slowness: null } }])
  })
})

describe('a table that cannot be read', () => {
  test.each([
    ['half a file', '{"version": 1, "entries": ['],
    ['another version', '{"version": 2, "entries": []}'],
    ['an entry that is none', '{"version": 1, "entries": [{"route": {}, "trip": null, "hold": null}]}'],
    ['nothing', ''],
  ])('%s: laid aside and said; the edge serves nothing and takes orders', (_, text) => {
    writeFileSync(path(), text)
    const table = open()
    expect(table.report()).toEqual([])
    expect(readFileSync(`${path()}.unreadable`, 'utf8')).toBe(text)
    expect(logged).toEqual([expect.stringContaining('the table cannot be read')])
    table.apply(production)
    expect(open().report()).toMatchObject([{ stable: 'v1' }])
  })

  const renewal = (table: Table) => table.apply(production)

  test.each([
    ['order', renewal],
    ['report', (table: Table) => table.report()],
  ])('a table that cannot be written is said once, its orders are in force; the next %s writes it', (_, next) => {
    const table = open()
    mkdirSync(path()) // a folder in its place: no rename can replace it
    expect(table.apply(production)?.stable).toBe('v1')
    for (let count = 0; count < 3; count += 1) next(table)
    expect(logged).toEqual([expect.stringContaining('the table was not written')])
    rmdirSync(path())
    next(table)
    expect(open().report()).toMatchObject([{ stable: 'v1' }])
    const before = written()
    next(table)
    expect(written()).toBe(before)
  })
})
