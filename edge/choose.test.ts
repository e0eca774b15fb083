import { fc, test } from '@fast-check/vitest'
import { everything, nothing, ppm } from '@humdrum/core/time.ts'
import { describe, expect } from 'vitest'
import type { Choosable } from './choose.ts'
import { chooseInstance, createRandom, takesCandidate } from './choose.ts'

const seeded = () => createRandom(Uint32Array.of(7, 11, 13, 17))

describe('the split', () => {
  test('a weight of 0 never takes the candidate, one of everything always', () => {
    for (const drawn of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      expect(takesCandidate(nothing, () => drawn)).toBe(false)
      expect(takesCandidate(everything, () => drawn)).toBe(true)
    }
  })

  test.each([1_000, 100_000, 500_000])('at %d ppm the share is within 4 standard deviations', (weight) => {
    const random = seeded()
    const [draws, share] = [1_000_000, weight / everything]
    let taken = 0
    for (let draw = 0; draw < draws; draw += 1) if (takesCandidate(ppm(weight), random)) taken += 1
    expect(Math.abs(taken - draws * share)).toBeLessThan(4 * Math.sqrt(draws * share * (1 - share)))
  })

  test('one request says nothing about the next: pairs, triples and the bytes of a draw are even', () => {
    const random = seeded()
    const draws = Array.from({ length: 200_000 }, () => random())
    const cells = (of: (draw: number, index: number) => number): number[] => {
      const counts: number[] = Array.from({ length: 256 }, () => 0)
      for (const [index, draw] of draws.entries()) {
        const cell = of(draw, index)
        counts[cell] = (counts[cell] ?? 0) + 1
      }
      return counts
    }
    const after = (index: number, steps: number): number => draws[(index + steps) % draws.length] ?? 0
    const ways = [
      cells((draw) => draw >>> 24),
      cells((draw) => draw & 255),
      cells((draw, index) => (draw >>> 28) * 16 + (after(index, 1) >>> 28)),
      cells((draw, index) => (draw >>> 30) * 64 + (after(index, 1) >>> 29) * 8 + (after(index, 2) >>> 29)),
    ]
    const expected = draws.length / 256
    for (const counts of ways) {
      const chiSquare = counts.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)
      // 255 degrees of freedom: mean 255, standard deviation 22.6. Too even is as wrong as too uneven.
      expect(chiSquare).toBeGreaterThan(255 - 4 * 22.6)
      expect(chiSquare).toBeLessThan(255 + 4 * 22.6)
    }
  })

  test('a seed of zeros does not stay at zero', () => {
    const random = createRandom(new Uint32Array(4))
    expect(new Set(Array.from({ length: 100 }, random)).size).toBeGreaterThan(90)
  })
})

const nowMs = 1_000
const instance = (changes: Partial<Choosable> = {}): Choosable => ({
  inFlight: 0,
  warm: true,
  downUntilMs: 0,
  passedOver: false,
  ...changes,
})
const choose = (instances: readonly Choosable[], turn = 0, tried: ReadonlySet<Choosable> | null = null) =>
  chooseInstance(instances, { tried, nowMs, turn })

const instances = fc.array(
  fc.record({
    inFlight: fc.nat({ max: 3 }),
    warm: fc.boolean(),
    passedOver: fc.boolean(),
    downUntilMs: fc.constantFrom(0, nowMs - 1, nowMs, nowMs + 1),
  }),
  { maxLength: 6 },
)

describe('the instance', () => {
  const warmAndUp = instance({ inFlight: 9 })
  const cold = instance({ warm: false })
  const down = instance({ downUntilMs: nowMs + 1 })
  const downAndCold = instance({ downUntilMs: nowMs + 1, warm: false })

  test('one that is warm and up comes before a cold one, that before one that is down, whatever they have in flight', () => {
    expect(choose([downAndCold, down, cold, warmAndUp])).toBe(warmAndUp)
    expect(choose([downAndCold, down, cold])).toBe(cold)
    expect(choose([downAndCold, down])).toBe(down)
  })

  test('one that is passed over comes last, and is tried all the same when no other is left', () => {
    const passedOver = instance({ passedOver: true })
    expect(choose([passedOver, downAndCold])).toBe(downAndCold)
    expect(choose([passedOver, downAndCold], 0, new Set([downAndCold]))).toBe(passedOver)
  })

  test('fails open: when all are down one of them is tried', () => {
    expect(choose([downAndCold])).toBe(downAndCold)
  })

  test('of equals the one with the fewest requests in flight', () => {
    const idle = instance({ inFlight: 1 })
    expect(choose([instance({ inFlight: 2 }), idle, instance({ inFlight: 3 })])).toBe(idle)
  })

  test('equals take turns', () => {
    const [first, second, third] = [instance(), instance(), instance()]
    const all = [first, second, third]
    expect([0, 1, 2, 3].map((turn) => choose(all, turn))).toEqual([first, second, third, first])
    expect(choose(all, 1)).toBe(second)
  })

  test('it is up again when its time is over', () => {
    const wasDown = instance({ downUntilMs: nowMs })
    expect(choose([wasDown, instance({ inFlight: 1 })])).toBe(wasDown)
  })

  test.prop([instances, fc.nat(), fc.nat({ max: 5 })])(
    'somebody is chosen as long as somebody was not tried, and never one who was',
    (all, turn, count) => {
      const tried = new Set(all.slice(0, count))
      const chosen = choose(all, turn, tried)
      expect(chosen === null).toBe(tried.size === all.length)
      expect(chosen !== null && tried.has(chosen)).toBe(false)
    },
  )
})
