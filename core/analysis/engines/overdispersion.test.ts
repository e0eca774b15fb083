import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import type { Random } from '../seeded-random.ts'
import { createRandom, draws } from '../seeded-random.ts'
import { blankOverdispersion, createOverdispersion } from './overdispersion.ts'

const [requests, half] = [100, { candidate: 0.5, stable: 0.5 }]

const bad = (random: Random, share: number): number => {
  let count = 0
  for (let request = 0; request < requests; request += 1) if (random() < share * draws) count += 1
  return count
}

/** What is left of evidence of 100 nats after `bins` bins in which the arms are off by what `shift` draws. */
const left = (bins: number, shift: (random: Random) => number): number => {
  const [scatter, random] = [createOverdispersion(blankOverdispersion), createRandom(7)]
  for (let bin = 0; bin < bins; bin += 1)
    scatter.add(bad(random, 0.5 + shift(random)) - bad(random, 0.5), requests, requests)
  return scatter.tempered(100, half)
}

test('takes nothing where requests are independent, once enough bins are known', () => {
  expect(left(400, () => 0)).toBeGreaterThan(75)
})

test('takes nothing for a difference that is always there', () => {
  expect(left(400, () => 0.2)).toBeGreaterThan(75)
})

test('takes most where whole seconds are off by chance', () => {
  expect(left(400, (random) => (random() / draws - 0.5) * 0.6)).toBeLessThan(20)
})

test('sees what is off for several seconds in a row', () => {
  let now = 0
  const slowly = (random: Random): number => {
    now = 0.9 * now + (random() / draws - 0.5) * 0.05
    return now
  }
  const fast = left(400, (random) => (random() / draws - 0.5) * 0.1)
  expect(left(400, slowly)).toBeLessThan(0.8 * fast)
})

test('trusts few bins little', () => {
  expect(left(1, () => 0)).toBeLessThan(15)
  expect(createOverdispersion(blankOverdispersion).tempered(9, half)).toBe(1)
})

property.prop([
  fc.array(fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: 1, max: 100 })), {
    maxLength: 40,
  }),
  fc.double({ min: -500, max: 500, noNaN: true }),
])('never adds evidence, never turns its sign, and survives JSON', (bins, evidence) => {
  const scatter = createOverdispersion(blankOverdispersion)
  for (const [d, n] of bins) scatter.add(d, n, 50)
  const tempered = scatter.tempered(evidence, { candidate: 0.1, stable: 0.2 })
  expect(Math.abs(tempered)).toBeLessThanOrEqual(Math.abs(evidence))
  expect(tempered * evidence).toBeGreaterThanOrEqual(0)
  const resumed = createOverdispersion(JSON.parse(JSON.stringify(scatter.state())))
  expect(resumed.tempered(evidence, { candidate: 0.1, stable: 0.2 })).toBe(tempered)
})
