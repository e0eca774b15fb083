import { afterEach, beforeEach, expect, test } from 'vitest'
import { Release } from './release.ts'
import { at, order } from './test-bed/order.ts'
import { Upstream } from './upstreams.ts'

let release: Release
let opened: number

const { stable } = order({ stable: at('v1', 1, 2, 3) })
const all = stable?.endpoints ?? []

beforeEach(() => {
  if (stable === null) throw new Error('no release')
  release = new Release(stable.release)
  opened = 0
})
afterEach(() => release.use([], open))

const open: Parameters<Release['use']>[1] = (endpoint) => {
  opened += 1
  return new Upstream({ endpoint, headTimeoutMs: 1_000, nowMs: () => 0 })
}
const chosen = (times: number) => Array.from({ length: times }, () => release.choose(null, 0))

test('instances that stay keep their connections, those that left are not chosen any more', () => {
  release.use(all, open)
  const before = new Set(chosen(3))
  release.use(all.slice(1), open)
  expect(opened).toBe(3)
  const after = new Set(chosen(10))
  expect(after.size).toBe(2)
  expect([...after].every((upstream) => before.has(upstream))).toBe(true)
})

test('the same instance at another place is another one', () => {
  const [first] = all
  if (first === undefined) throw new Error('no instance')
  release.use([first], open)
  release.use([{ ...first, port: 9 }], open)
  expect(opened).toBe(2)
  expect(release.choose(null, 0)?.endpoint.port).toBe(9)
})

test('an instance that is named twice is one', () => {
  release.use([...all, ...all], open)
  expect(opened).toBe(3)
})

test('equal instances take turns', () => {
  release.use(all, open)
  for (const warm of chosen(3)) if (warm !== null) warm.warm = true
  expect(new Set(chosen(3)).size).toBe(3)
})

test('cutting ends everything that is in flight, also when an end takes itself out', () => {
  const cuts: number[] = []
  for (const index of [0, 1, 2]) {
    const request = {
      cut: () => {
        cuts.push(index)
        release.inFlight.delete(request)
      },
      outlast: () => {},
    }
    release.inFlight.add(request)
  }
  release.cut()
  expect(cuts).toEqual([0, 1, 2])
})

test('without instances there is none to choose', () => {
  expect([release.hasInstances, release.choose(null, 0)]).toEqual([false, null])
  release.use(all, open)
  expect(release.hasInstances).toBe(true)
  expect(release.choose(new Set(chosen(3).filter((one) => one !== null)), 0)).toBeNull()
})
