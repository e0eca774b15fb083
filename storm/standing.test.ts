import { expect, test } from 'vitest'
import type { Look } from './standing.ts'
import { createStanding } from './standing.ts'

const one = { release: 'v1', instance: 'i-1', port: 1 }
const two = { release: 'v1', instance: 'i-2', port: 2 }

/** So many looks, 200 ms apart. */
const looks = (from: number, count: number, look: Partial<Look> = {}): readonly Look[] =>
  Array.from({ length: count }, (_, index) => ({
    at: from + index * 200,
    attended: true,
    serving: [one, two],
    ...look,
  }))

const standingAfter = (...all: readonly (readonly Look[])[]) => {
  const standing = createStanding(2)
  for (const look of all.flat()) standing.take(look)
  return standing
}

test('an instance counts as told when it served for a while in which somebody could tell the edge', () => {
  expect(standingAfter(looks(0, 7)).told('v1')).toEqual([])
  expect(standingAfter(looks(0, 8)).told('v1')).toEqual(['i-1', 'i-2'])
  expect(standingAfter(looks(0, 20, { attended: false })).told('v1')).toEqual([])
  expect(standingAfter(looks(0, 7), looks(1_400, 1, { attended: false }), looks(1_600, 7)).told('v1')).toEqual([])
})

test('what was told stays so while nobody attends, and only where it is', () => {
  const away = looks(2_000, 10, { attended: false })
  expect(standingAfter(looks(0, 8), away).told('v1')).toEqual(['i-1', 'i-2'])
  const moved = looks(2_000, 5, { serving: [one, { ...two, port: 3 }] })
  expect(standingAfter(looks(0, 8), moved).told('v1')).toEqual(['i-1'])
})

test('a release is short from the loss of an instance until all of them are told again, and not before it was whole', () => {
  expect(standingAfter(looks(0, 8)).short().get('v1')).toBeUndefined()
  const lost = [looks(0, 8), looks(1_600, 3, { serving: [one] })]
  expect(
    standingAfter(...lost)
      .short()
      .get('v1'),
  ).toEqual([{ from: 1_600, to: Number.POSITIVE_INFINITY }])
  expect(
    standingAfter(...lost, looks(2_200, 8))
      .short()
      .get('v1'),
  ).toEqual([{ from: 1_600, to: 3_600 }])
})
