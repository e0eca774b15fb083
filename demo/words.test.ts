import { expect, test } from 'vitest'
import { readOwnConfig } from './own-config.ts'
import { createTally } from './tally.ts'
import { introduction, leftRunning, userWords } from './words.ts'

test('the introduction says that the times are short, and which they are', () => {
  expect(introduction(readOwnConfig(), 'http://127.0.0.1:8080')).toMatchInlineSnapshot(`
    "A server, an edge and 2 instances of examples/shop on http://127.0.0.1:8080, users at random, good and bad releases.
    Its times are short, so that it ends in a minute: 5 s to become ready, steps of 20 % and 50 % for at least
    4 s and 100 requests, a bake of 5 s with 10 % held back. Alpha is the default, 1 %."
  `)
})

test('what users saw is one line', () => {
  const tally = createTally()
  for (let count = 0; count < 1_200; count += 1)
    tally.take({ kind: 'read', sentAt: 0, status: count === 0 ? 500 : 200, release: 'v1', dropped: null })
  expect(userWords(tally, 359.6)).toBe('1,200 requests, 360 a second; 1 error, 0 dropped')
})

test('what is left running says where it is and how it ends', () => {
  const words = leftRunning({ shopUrl: 'http://127.0.0.1:8080', home: '/srv/demo/home', folders: ['/srv/demo'] })
  expect(words).toContain('http://127.0.0.1:8080')
  expect(words).toContain('npx humdrum down --home /srv/demo/home')
  expect(words).toContain('rm -r /srv/demo')
})
