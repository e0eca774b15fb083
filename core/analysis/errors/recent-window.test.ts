import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createRecentWindow, windowSeconds } from './recent-window.ts'

test('forgets what is a minute old', () => {
  const window = createRecentWindow([])
  window.count(true)
  window.pass(windowSeconds - 1)
  window.count(false)
  expect(window.total()).toEqual({ requests: 2, bad: 1 })
  window.pass(1)
  expect(window.total()).toEqual({ requests: 1, bad: 0 })
  window.pass(10_000)
  expect(window.total()).toEqual({ requests: 0, bad: 0 })
})

type Act = boolean | number
const acts: fc.Arbitrary<readonly Act[]> = fc.array(fc.oneof(fc.boolean(), fc.nat({ max: 80 })), { maxLength: 60 })
const follow = (window: ReturnType<typeof createRecentWindow>, all: readonly Act[]): void => {
  for (const act of all) {
    if (typeof act === 'number') window.pass(act)
    else window.count(act)
  }
}

property.prop([acts, acts])(
  'goes on from its seconds as if nothing had happened, and its total is their sum',
  (before, later) => {
    const window = createRecentWindow([])
    follow(window, before)
    const resumed = createRecentWindow(window.seconds())
    follow(window, later)
    follow(resumed, later)
    expect(resumed.seconds()).toEqual(window.seconds())
    expect(resumed.total()).toEqual(window.total())
    const requests = window.seconds().reduce((sum, [, seen]) => sum + seen, 0)
    expect(window.total().requests).toBe(requests)
  },
)
