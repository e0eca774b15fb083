import { fc, test } from '@fast-check/vitest'
import { everything, ppm } from '@humdrum/core/time.ts'
import { describe, expect } from 'vitest'
import { exposure } from './exposure.ts'
import { at, granted, order } from './test-bed/order.ts'

type Side = { readonly ready: number; readonly wanted: number }

const side = (release: string, { ready, wanted }: Side) => ({
  ...at(release, ...Array.from({ length: ready }, (_, index) => 1_000 + index)),
  wanted,
})

const sides = fc.record({ ready: fc.integer({ min: 0, max: 6 }), wanted: fc.integer({ min: 0, max: 6 }) })
const share = fc.integer({ min: 0, max: everything }).map((value) => value / everything)
const before = everything
const happened = fc.record({ tripped: fc.boolean(), lapsed: fc.boolean(), before: fc.constant(everything) })
const terms = fc.record({
  onTrip: fc.constantFrom('return', 'hold'),
  onLapse: fc.constantFrom('return', 'hold'),
  fallbackWeight: fc.integer({ min: 0, max: everything }),
})
const nothingHappened = { tripped: false, lapsed: false, before }
const capacity = ({ ready, wanted }: Side): number => Math.min(1, ready / Math.max(1, wanted))

const routed = (stable: Side, candidate: Side, grant: unknown = granted(0.1)) =>
  order({ stable: side('v1', stable), candidate: side('v2', candidate), grant })

describe('the laws of exposure', () => {
  test.prop([sides, sides, share, terms, happened])(
    'a whole number of parts per million, 0 to all',
    (stable, candidate, weight, more, what) => {
      const exposed = exposure(routed(stable, candidate, granted(weight, more)), what)
      expect(Number.isInteger(exposed) && exposed >= 0 && exposed <= everything).toBe(true)
    },
  )

  test.prop([sides, sides, happened])('nothing without a grant', (stable, candidate, what) => {
    expect(exposure(routed(stable, candidate, null), what)).toBe(0)
  })

  test.prop([sides, share, terms, happened])(
    'nothing for a candidate without instances',
    (stable, weight, more, what) => {
      expect(exposure(routed(stable, { ready: 0, wanted: 1 }, granted(weight, more)), what)).toBe(0)
    },
  )

  test.prop([sides, share, terms, happened])(
    'everything for a granted candidate when stable has no instance',
    (candidate, weight, more, what) => {
      const route = routed({ ready: 0, wanted: 2 }, { ...candidate, ready: candidate.ready + 1 }, granted(weight, more))
      expect(exposure(route, what)).toBe(everything)
    },
  )

  test.prop([sides, sides, share, terms])(
    'what the grant says as long as nothing happened and both have instances',
    (stable, candidate, weight, more) => {
      fc.pre(stable.ready > 0 && candidate.ready > 0)
      const route = routed(stable, candidate, granted(weight, more))
      expect(exposure(route, nothingHappened)).toBe(Math.round(weight * everything))
    },
  )

  test.prop([sides, sides, share, happened])(
    'a trip or a lapse gives stable all that it carries, and no more while the candidate can carry the rest',
    (stable, candidate, weight, what) => {
      fc.pre(stable.ready > 0 && candidate.ready > 0 && (what.tripped || what.lapsed))
      const [ofStable, ofCandidate] = [capacity(stable), capacity(candidate)]
      const both = ofStable + ofCandidate
      const expected = both < 1 ? ofCandidate / both : 1 - ofStable
      expect(exposure(routed(stable, candidate, granted(weight)), what)).toBe(Math.round(expected * everything))
    },
  )

  test.prop([sides, sides, share, share, fc.boolean()])(
    'never more for a tripped candidate than it had before, whatever the capacity',
    (stable, candidate, weight, had, lapsed) => {
      const route = routed(stable, candidate, granted(weight))
      const [free, bound] = [everything, ppm(Math.round(had * everything))].map((before) =>
        exposure(route, { tripped: true, lapsed, before }),
      )
      expect(bound).toBe(Math.min(free ?? 0, Math.round(had * everything)))
    },
  )
})

const whole = { ready: 2, wanted: 2 }

test.each([
  ['a trip takes the candidate to 0', { tripped: true, lapsed: false }, {}, 0],
  ['a lapse takes it to its fallback weight', { tripped: false, lapsed: true }, { fallbackWeight: 20_000 }, 20_000],
  ['a trip outranks a lapse', { tripped: true, lapsed: true }, { fallbackWeight: 20_000 }, 0],
  ['a trip that holds leaves the weight', { tripped: true, lapsed: false }, { onTrip: 'hold' }, 100_000],
  ['a trip that holds still lapses', { tripped: true, lapsed: true }, { onTrip: 'hold' }, 0],
  ['a lapse that holds leaves the weight', { tripped: false, lapsed: true }, { onLapse: 'hold' }, 100_000],
])('%s', (_, what, terms, expected) => {
  expect(exposure(routed(whole, whole, granted(0.1, terms)), { ...what, before })).toBe(expected)
})

test('half of stable keeps half with the candidate', () => {
  expect(exposure(routed({ ready: 1, wanted: 2 }, whole), { tripped: true, lapsed: false, before })).toBe(500_000)
})
