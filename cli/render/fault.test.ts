import { FaultError } from '@humdrum/core/errors.ts'
import { expect, test } from 'vitest'
import { faultOf, renderFault, renderProblems, traceOf } from './fault.ts'

test('says what failed, why, the code, and the next command', () => {
  expect(renderFault({ code: 'HD1101', reason: 'at http://127.0.0.1:7700' })).toBe(
    'no server answers: at http://127.0.0.1:7700  [HD1101]\n  humdrum up\n',
  )
})

test('begins with the place, and prefers the next step that its finder knows', () => {
  const fault = {
    code: 'HD2104',
    reason: '"prod"',
    place: 'humdrum.yaml:14:3',
    next: 'did you mean "production"?',
  } as const
  expect(renderFault(fault)).toBe(
    'humdrum.yaml:14:3  unknown environment: "prod"  [HD2104]\n  did you mean "production"?\n',
  )
})

test('leaves the colon out where there is no reason', () => {
  expect(renderFault({ code: 'HD4312', reason: '' })).toMatch(
    /^there is no earlier release to go back to {2}\[HD4312\]/,
  )
})

test('keeps the lines of a foreign reason and shows what would move a cursor', () => {
  expect(renderFault({ code: 'HD3001', reason: 'first\nsecond\u001b[2J' })).toContain('first\n  second\\u001b[2J')
})

test('takes a bug for a fault without a trace', () => {
  const fault = faultOf(new TypeError('x is not a function\n    at y.ts:1'))
  expect(fault).toMatchObject({ code: 'HD9999', reason: 'TypeError: x is not a function' })
  expect(renderFault(fault)).toContain('HUMDRUM_DEBUG=1')
})

test('traces a failure down to its first cause', () => {
  const first = new Error('ECONNREFUSED')
  const trace = traceOf(new FaultError({ code: 'HD1101', reason: 'here' }, { cause: first }))
  expect(trace).toMatch(/no server answers: here\n.*because of Error: ECONNREFUSED/s)
})

test('lists problems a line each, hints below', () => {
  const problems = [
    { place: 'humdrum.yaml:3:1', message: 'unknown key "bulid"', hint: 'did you mean "build"?', code: 'HD2003' },
    { place: 'humdrum.yaml:9:3', message: 'health.path must begin with /', code: 'HD2003' },
  ] as const
  expect(renderProblems(problems)).toBe(
    'humdrum.yaml:3:1  unknown key "bulid"  [HD2003]\n  did you mean "build"?\n' +
      'humdrum.yaml:9:3  health.path must begin with /  [HD2003]\n',
  )
})
