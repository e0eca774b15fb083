import { expect, test } from 'vitest'
import { sinkOf } from './terminal.ts'

const stream = (isTTY: boolean, columns = 100) => ({ isTTY, columns, write: () => true })

test('colours and rewrites on a terminal', () => {
  expect(sinkOf(stream(true), { TERM: 'xterm' })).toMatchObject({ isWatched: true, isLive: true, colours: true })
})

test('does neither on a pipe, which nobody watches', () => {
  expect(sinkOf(stream(false), { TERM: 'xterm' })).toMatchObject({ isWatched: false, isLive: false, colours: false })
})

test.for([{ CI: 'true' }, { CI: '1' }, { TERM: 'dumb' }])('takes a terminal for a pipe with %j', (variables) => {
  expect(sinkOf(stream(true), variables)).toMatchObject({ isWatched: false, isLive: false, colours: false })
})

test.for([{ CI: '' }, { CI: 'false' }, { NO_COLOR: '' }])('is a terminal with %j', (variables) => {
  expect(sinkOf(stream(true), variables)).toMatchObject({ isWatched: true, isLive: true, colours: true })
})

test('is watched without colours and cursor moves with NO_COLOR', () => {
  expect(sinkOf(stream(true), { NO_COLOR: '1' })).toMatchObject({ isWatched: true, isLive: false, colours: false })
})

test('asks for the width whenever it matters, and takes 80 where there is none', () => {
  const resized = stream(true, 100)
  const sink = sinkOf(resized, {})
  resized.columns = 60
  expect(sink.columns()).toBe(60)
  expect(sinkOf(stream(false, 0), {}).columns()).toBe(80)
})
