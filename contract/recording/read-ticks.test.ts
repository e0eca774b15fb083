import { fc, test as propertyTest } from '@fast-check/vitest'
import type { RecordedTick } from '@humdrum/core/analysis/replay/replay.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { expect, test } from 'vitest'
import type { TicksWanted } from './read-ticks.ts'
import { createTickReader } from './read-ticks.ts'
import { longestRecord } from './row.ts'

const usual: TicksWanted = { name: 'counts.csv', metrics: ['errors', 'checkout'], counts: 'increases' }

const ticksOf = (text: string, wanted: Partial<TicksWanted> = {}, piece = text.length): readonly RecordedTick[] => {
  const ticks: RecordedTick[] = []
  const reader = createTickReader({ ...usual, ...wanted }, (tick) => ticks.push(tick))
  for (let at = 0; at < text.length; at += piece) reader.feed(text.slice(at, at + piece))
  reader.end()
  return ticks
}

const refusal = (text: string, wanted?: Partial<TicksWanted>) => {
  try {
    ticksOf(text, wanted)
  } catch (cause) {
    if (cause instanceof FaultError) return cause.fault
    throw cause
  }
  return null
}

const head = 'time,candidate_requests,candidate_bad,stable_requests,stable_bad\n'
const [first, second] = ['2026-11-25T14:03:12Z,10,1,90,0\n', '2026-11-25T14:03:13Z,12,0,88,2\n']
const at = Date.parse('2026-11-25T14:03:12Z')
const ticks = [
  { metric: 'errors', at, candidateRequests: 10, candidateBad: 1, stableRequests: 90, stableBad: 0 },
  { metric: 'errors', at: at + 1_000, candidateRequests: 12, candidateBad: 0, stableRequests: 88, stableBad: 2 },
]
const objects = [
  '{"time":"2026-11-25T14:03:12Z","n1":10,"x1":1,"n0":90,"x0":0}',
  '{"time":1795615393,"n1":12,"x1":"0","n0":88,"x0":2}',
]

test.for<[what: string, text: string]>([
  ['a line a tick', head + first + second],
  [
    'the short names, other columns, another order',
    `region,x0,n0,x1,n1,ts\neu,0,90,1,10,${at}\neu,2,88,0,12,${at + 1_000}`,
  ],
  [
    'semicolons and quotes',
    `"time";"n1";"x1";"n0";"x0"\r\n"2026-11-25 14:03:12";10;1;90;"0"\r\n"2026-11-25 14:03:13";12;0;88;2\r\n`,
  ],
  [
    'tabs and a zone',
    'Time\tN1\tX1\tN0\tX0\n2026-11-25T15:03:12+01:00\t10\t1\t90\t0\n2026-11-25T15:03:13+0100\t12\t0\t88\t2',
  ],
  ['a byte order mark and empty lines', `\ufeff${head}\n${first}\n${second}\n`],
  ['seconds with decimals', `${head}1795615392.000,10.0,1,90,0\n1.795615393e9,12,0,88,2\n`],
  ['an array', `[${objects.join(',\n')}]\n`],
  ['an object a line', objects.join('\n')],
])('reads %s', ([, text]) => {
  expect(ticksOf(text)).toEqual(ticks)
  expect(ticksOf(text, {}, 1)).toEqual(ticks)
})

test('reads several metrics, each with times of its own', () => {
  const text = `metric,${head}errors,${first}checkout,${first}errors,${second}checkout,${second}`
  expect(ticksOf(text).map(({ metric }) => metric)).toEqual(['errors', 'checkout', 'errors', 'checkout'])
})

test('takes what came in each tick from counters', () => {
  const text = `${head}${first}2026-11-25T14:03:13Z,22,1,178,2\n`
  expect(ticksOf(text, { counts: 'counters' })).toEqual([ticks[1]])
})

const counters = (rows: number): string =>
  head +
  Array.from({ length: rows }, (_, row) => `${1_000 + row},${10 + 10 * row},${row},${90 * (row + 1)},0\n`).join('')

test.for<[what: string, text: string, expected: { reason: string; place: string; next?: string }]>([
  ['nothing', '', { reason: 'the file is empty', place: 'counts.csv' }],
  ['blanks', ' \n\n', { reason: 'the file is empty', place: 'counts.csv' }],
  ['names alone', head, { reason: 'there is no tick in it', place: 'counts.csv' }],
  ['an empty array', '[]', { reason: 'there is no tick in it', place: 'counts.csv' }],
  [
    'a misspelt name',
    head.replace('stable_bad', 'stable_bda'),
    { reason: 'there is no column stable_bad: is it "stable_bda"?', place: 'counts.csv:1' },
  ],
  [
    'a missing name',
    'time,n1,x1,n0\n',
    { reason: 'there is no column stable_bad: there are "time", "n1", "x1", "n0"', place: 'counts.csv:1' },
  ],
  [
    'one column twice',
    'time,n1,x1,n0,x0,stable_bad\n',
    { reason: '"x0" and "stable_bad" are one column', place: 'counts.csv:1' },
  ],
  ['a picture', '\u0089PNG\r\n', { reason: 'there is no column time: there are "\\u0089PNG"', place: 'counts.csv:1' }],
  [
    'a line that is cut',
    `${head}${first.slice(0, 25)}`,
    { reason: 'it has 3 fields, and the first line has 5 names', place: 'counts.csv:2' },
  ],
  [
    'an open quote',
    `${head}"2026-11-25T14:03:12Z,10,1,90,0\n`,
    { reason: 'a quote is not closed', place: 'counts.csv:2' },
  ],
  [
    'NaN',
    head + first.replace(',1,', ',NaN,'),
    {
      reason: 'candidate_bad is not a number (NaN)',
      place: 'counts.csv:2:25',
      next: 'no data is not zero: leave the whole tick out',
    },
  ],
  [
    'an empty field',
    head + first.replace(',90,', ',,'),
    {
      reason: 'stable_requests is empty',
      place: 'counts.csv:2:27',
      next: 'no data is not zero: leave the whole tick out',
    },
  ],
  [
    'a negative count',
    head + first.replace(',10,', ',-10,'),
    { reason: 'candidate_requests is negative: "-10"', place: 'counts.csv:2:22' },
  ],
  [
    'a word',
    head + first.replace(',10,', ',ten,'),
    { reason: 'candidate_requests must be a number, not "ten"', place: 'counts.csv:2:22' },
  ],
  [
    'infinity',
    head + first.replace(',10,', ',1e999,'),
    { reason: 'candidate_requests is too large to be counted exactly: "1e999"', place: 'counts.csv:2:22' },
  ],
  [
    'more bad than all',
    head + first.replace(',1,', ',11,'),
    { reason: 'candidate_bad is larger than candidate_requests: 11 of 10', place: 'counts.csv:2:25' },
  ],
  [
    'more bad of stable than all',
    head + first.replace(',0\n', ',91\n'),
    { reason: 'stable_bad is larger than stable_requests: 91 of 90', place: 'counts.csv:2:30' },
  ],
  [
    'a clock that steps back',
    head + second + first,
    { reason: 'the time goes back by 1 s, the tick before is in line 2', place: 'counts.csv:3:1' },
  ],
  [
    'a tick twice',
    head + first + first,
    { reason: 'a second tick of one time, the first is in line 2', place: 'counts.csv:3:1' },
  ],
  ['no time', `${head}yesterday,10,1,90,0\n`, { reason: '"yesterday" is no time', place: 'counts.csv:2:1' }],
  [
    'a day that is none',
    `${head}2026-13-45T14:03:12Z,10,1,90,0\n`,
    { reason: '"2026-13-45T14:03:12Z" is no time', place: 'counts.csv:2:1' },
  ],
  [
    'microseconds',
    `${head}1795615392000000,10,1,90,0\n`,
    { reason: '"1795615392000000" is no time', place: 'counts.csv:2:1' },
  ],
  [
    'an unknown metric',
    `metric,${head}eror,${first}`,
    {
      reason: 'unknown metric "eror"',
      place: 'counts.csv:2:1',
      next: 'did you mean "errors"?  (known here: errors, checkout)',
    },
  ],
  [
    'counters',
    counters(20),
    {
      reason: 'the figures of "errors" only ever grow, as counters do, and it takes what came in each tick',
      place: 'counts.csv',
      next: 'record increases; or say that they are counters: --counts counters',
    },
  ],
  ['half an object', `[${objects[0]},\n{"time":1`, { reason: 'the file ends within an object', place: 'counts.csv:2' }],
  ['half an array', `[${objects.join(',\n')}`, { reason: 'the file ends within an array', place: 'counts.csv:2' }],
  [
    'an object that lacks a key',
    `${objects[0]}\n{"time":1795615393,"n1":12,"x1":0,"n0":88}`,
    { reason: 'stable_bad is empty', place: 'counts.csv:2 x0' },
  ],
  ['an array of arrays', '[[1,2]]', { reason: '"1" stands where an object should begin', place: 'counts.csv:1' }],
])('refuses %s with a place and a sentence', ([, text, expected]) => {
  expect(refusal(text)).toMatchObject({ code: 'HD6002', ...expected })
})

test('refuses what is no JSON, and says why', () => {
  expect(refusal('{time:1}')).toMatchObject({ place: 'counts.csv:1', reason: expect.stringContaining('it is no JSON') })
})

test('refuses a counter that falls: what it counted meanwhile is not known', () => {
  const text = `${head}${first}2026-11-25T14:03:13Z,8,1,178,2\n`
  expect(refusal(text, { counts: 'counters' })).toMatchObject({
    place: 'counts.csv:3:22',
    reason: 'the counter candidate_requests falls from 10 to 8',
  })
})

test('takes rising traffic for traffic: errors and quiet ticks do not only grow', () => {
  const rows = Array.from({ length: 30 }, (_, row) => `${1_000 + row},${10 + row},${row % 3},${90 + 5 * row},0\n`)
  expect(ticksOf(head + rows.join(''))).toHaveLength(30)
})

test('keeps nothing of a line that never ends', () => {
  for (const text of [head, '{"time":"']) {
    const reader = createTickReader(usual, () => {})
    reader.feed(text)
    expect(() => {
      for (let fed = 0; fed < 2 * longestRecord; fed += 1_024) reader.feed('x'.repeat(1_024))
    }).toThrow('more than 65,536 characters')
  }
})

propertyTest.prop([fc.string({ unit: 'binary' }), fc.constantFrom('', head, head + first, '[', '{"time":')])(
  'any other text is refused as a recording, and breaks nothing',
  (text, before) => {
    const fault = refusal(before + text)
    if (fault !== null) expect(fault.code).toBe('HD6002')
  },
)
