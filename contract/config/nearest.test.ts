// Guesses of what was meant.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { editDistance, nearest } from './nearest.ts'

const keys = ['version', 'app', 'build', 'ignore', 'run', 'environments']

test.each([
  ['enviroments', 'environments'],
  ['environment', 'environments'],
  ['env', 'environments'],
  ['apps', 'app'],
  ['buidl', 'build'],
  ['Run', 'run'],
])('takes %s for %s', (word, meant) => {
  expect(nearest(word, keys)).toBe(meant)
})

test('does not see dashes, underscores and capitals', () => {
  expect(nearest('set_weight', ['setWeight', 'pause'])).toBe('setWeight')
  expect(nearest('on-failure', ['strategy', 'onFailure'])).toBe('onFailure')
})

test('guesses nothing for a word that is close to none', () => {
  for (const word of ['', 'deploy', 'x', 'a'.repeat(10_000)]) expect(nearest(word, keys), word.slice(0, 20)).toBeNull()
})

test('counts a swap of neighbours as one edit', () => {
  expect(editDistance('buidl', 'build')).toBe(1)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})

const word = fc.string({ maxLength: 12 })
property.prop([word, word])('is a distance: symmetric, and nothing between equals', (left, right) => {
  expect(editDistance(left, right)).toBe(editDistance(right, left))
  expect(editDistance(left, right) === 0).toBe(left === right)
  expect(editDistance(left, right)).toBeLessThanOrEqual(Math.max(left.length, right.length))
})
