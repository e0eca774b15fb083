import { faults } from '@humdrum/core/errors.ts'
import { expect, test } from 'vitest'
import { faultOf, logLine, problemOf, statusOf } from './problem.ts'

test('every code has a status of an error, and a problem that says what failed', () => {
  for (const code of Object.keys(faults) as (keyof typeof faults)[]) {
    expect(statusOf[code]).toBeGreaterThanOrEqual(400)
    expect(problemOf({ code, reason: 'the moon is full' })).toEqual({
      type: `urn:humdrum:${code}`,
      title: faults[code].sentence,
      status: statusOf[code],
      detail: 'the moon is full',
      code,
      next: faults[code].next,
    })
  }
})

test('a fault may bring its place and a better next step', () => {
  const problem = problemOf({ code: 'HD2003', reason: 'no', place: 'run.command', next: 'write it' })
  expect(problem).toMatchObject({ place: 'run.command', next: 'write it' })
})

const withCode = (message: string, more: object): Error => Object.assign(new Error(message), more)

test.for([
  ['a full disk', withCode('ENOSPC: no space left', { code: 'ENOSPC' }), 'HD1107'],
  ['a full store', new Error('insert failed', { cause: withCode('full', { errcode: 13 }) }), 'HD1107'],
  ['an error of ours', new Error('cannot read x of undefined'), 'HD9999'],
  ['an error of the framework that is ours', withCode('broken', { statusCode: 500 }), 'HD9999'],
  ['what is no error', 'oops', 'HD9999'],
  ['nothing', undefined, 'HD9999'],
] as const)('%s becomes its code, without its words', ([, error, code]) => {
  const fault = faultOf(error, 'req-7')
  expect(fault.code).toBe(code)
  expect(JSON.stringify(fault)).not.toMatch(/space|insert|undefined|broken|oops/)
})

test('a line of the log has every cause, and is one line', () => {
  const error = new Error('outer', { cause: new Error('inner', { cause: 'the first\nof all' }) })
  const line = logLine(error, { time: 't', code: 'HD9999', request: 'req-7 GET /' })
  expect(line.indexOf('\n')).toBe(line.length - 1)
  expect(JSON.parse(line).causes).toMatchObject([
    expect.stringContaining('outer'),
    expect.stringContaining('inner'),
    'the first\nof all',
  ])
})

test('causes that go in a circle end', () => {
  const error = new Error('round')
  error.cause = error
  expect(JSON.parse(logLine(error, { time: 't', code: 'HD9999', request: '' })).causes).toHaveLength(8)
})
