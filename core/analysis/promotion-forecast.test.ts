import { expect, test } from 'vitest'
import { createEngineP, logPromote } from './engines/engine-p.ts'
import { latencyBucket } from './latency/latency-bucket.ts'
import {
  quantileMs,
  requestsForDifference,
  requestsForErrors,
  requestsForLatency,
  tailOf,
} from './promotion-forecast.ts'

const alone = (weight: number) => ({ before: [], weight, needed: 20 })

// Spec 6.4: w = 10 %, margin 0.5 pp, looks every 100 requests, 1,000 runs each: median and 95th percentile.
test.for([
  [0, 908, 915],
  [0.0001, 898, 1_431],
  [0.001, 1_181, 2_505],
  [0.01, 4_185, 13_513],
  [0.05, 1_564, 5_054],
] as const)(
  'at an error rate of %d lies between 0.97 and 1.65 of the simulated median, below the 95th percentile',
  ([rate, median, p95]) => {
    const forecast = requestsForErrors(rate, alone(0.1)) ?? Number.NaN
    expect(forecast / median).toBeGreaterThan(0.97)
    expect(forecast / median).toBeLessThan(1.65)
    expect(forecast).toBeLessThan(p95)
  },
)

test('is the first count of requests whose expected evidence is 20', () => {
  const logEvidence = (requests: number): number => {
    const engine = createEngineP()
    const stable = { stableRequests: requests, stableBad: requests * 0.001 }
    engine.add({ candidateRequests: requests, candidateBad: requests * 0.001, ...stable })
    return logPromote(engine, { ratio: 1.5, difference: 0.005 })
  }
  const forecast = requestsForErrors(0.001, alone(0.5)) ?? Number.NaN
  expect(logEvidence(forecast)).toBeGreaterThanOrEqual(Math.log(20))
  expect(logEvidence(forecast - 1)).toBeLessThan(Math.log(20))
})

test('what was seen at the weights before counts, and may be enough', () => {
  const earlier = [
    { weight: 0.01, requests: 200 },
    { weight: 0.05, requests: 600 },
  ]
  const whole = requestsForErrors(0, alone(0.5)) ?? Number.NaN
  const rest = requestsForErrors(0, { before: earlier, weight: 0.5, needed: 20 }) ?? Number.NaN
  expect(rest).toBeGreaterThan(0)
  expect(rest).toBeLessThan(whole - 700)
  expect(requestsForErrors(0, { before: [...earlier, { weight: 0.25, requests: 200 }], weight: 0.5, needed: 20 })).toBe(
    0,
  )
})

test('an early step needs less: the larger its weight, the smaller the difference that must be refuted', () => {
  const [first, second, third] = [0.01, 0.05, 0.25].map(
    (weight) => requestsForDifference(0, alone(weight)) ?? Number.NaN,
  )
  expect(first).toBeLessThan(100)
  expect((second ?? 0) / (first ?? 0)).toBeCloseTo(2.5, 0)
  expect((third ?? 0) / (second ?? 0)).toBeCloseTo(2.2, 0)
  expect(requestsForDifference(0, alone(0.5))).toBeGreaterThan(third ?? 0)
})

test('latency is the first count of requests at which the bets of the judge expect an evidence of 20', () => {
  const [above, aboveShifted] = [0.5, 0.4]
  const forecast = requestsForLatency({ above, aboveShifted }, alone(0.1)) ?? Number.NaN
  const step = Math.log(0.4 / 0.6)
  /** Spec section 1.4, for one candidate request and the nine of stable. */
  const growth = (part: number): number => {
    const bet = 1 / (1 + Math.exp(-part * step))
    const both = 0.1 * bet + 0.9 * above
    const ofCandidate = aboveShifted * Math.log(bet / both) + (1 - aboveShifted) * Math.log((1 - bet) / (1 - both))
    return ofCandidate + 9 * (above * Math.log(above / both) + (1 - above) * Math.log((1 - above) / (1 - both)))
  }
  const evidence = (requests: number): number =>
    [
      [0.6, 0.15],
      [1, 0.6],
      [1.4, 0.15],
      [2.5, 0.1],
    ].reduce((sum, [part = 0, weight = 0]) => sum + weight * Math.exp(requests * growth(part)), 0)
  expect(evidence(forecast)).toBeGreaterThanOrEqual(20)
  expect(evidence(forecast - 1)).toBeLessThan(20)
})

test('the nearer the tail comes to its shifted self, the longer it takes; a gap in it never shows anything', () => {
  const far = requestsForLatency({ above: 0.01, aboveShifted: 0.005 }, alone(0.1)) ?? Number.NaN
  const near = requestsForLatency({ above: 0.01, aboveShifted: 0.008 }, alone(0.1)) ?? Number.NaN
  expect(near).toBeGreaterThan(4 * far)
  expect(requestsForLatency({ above: 0.01, aboveShifted: 0.01 }, alone(0.1))).toBeNull()
})

test('takes the threshold from the histogram, at the upper edge of the bucket that holds the quantile', () => {
  const ms = (value: number): number => latencyBucket(value * 1_000)
  // 60 of 10 ms, 39 of 12.5 ms, 1 of 40 ms.
  const histogram = [
    [ms(40), 1],
    [ms(10), 60],
    [ms(12.5), 39],
  ] as const
  expect(quantileMs(histogram, 0.5)).toBeCloseTo(10, 0)
  expect(quantileMs(histogram, 0.99)).toBeCloseTo(12.6, 0)
  // 1.2 times 10.1 ms lies below 12.5 ms: nothing is gained there. At p99 the one of 40 ms is above both.
  expect(tailOf(histogram, 0.5)).toEqual({ above: 0.4, aboveShifted: 0.4 })
  expect(tailOf(histogram, 0.6)).toEqual({ above: 0.4, aboveShifted: 0.4 })
  expect(
    tailOf(
      [
        [ms(10), 60],
        [ms(11), 40],
      ],
      0.5,
    ),
  ).toEqual({ above: 0.4, aboveShifted: 0 })
  expect(tailOf([], 0.5)).toBeNull()
})
