import { expect, test } from 'vitest'
import { ppm } from '../../time.ts'
import { perWeight } from './per-weight.ts'

test('makes it once for a weight, also when others came between', () => {
  const made: number[] = []
  const of = perWeight((weight) => ({ number: made.push(weight) }))
  const first = of(ppm(10))
  of(ppm(20))
  expect(of(ppm(10))).toBe(first)
  expect(made).toEqual([10, 20])
})

test('keeps no more than so many: after thousands of weights the first is made anew', () => {
  const of = perWeight((weight) => ({ weight }))
  const first = of(ppm(0))
  for (let weight = 1; weight < 1_000; weight += 1) of(ppm(weight))
  expect(of(ppm(0))).not.toBe(first)
  expect(of(ppm(0))).toEqual(first)
})
