// How a problem is shown, whatever the file holds.
import { expect, test } from 'vitest'
import { quoted, renderProblem, shown, visible } from './problem.ts'

test('shows place, message and code on one line and the hint below', () => {
  const problem = { place: 'humdrum.yaml:14:3', message: 'unknown environment "prod"', code: 'HD2104' } as const
  expect(renderProblem(problem)).toBe('humdrum.yaml:14:3  unknown environment "prod"  [HD2104]')
  expect(renderProblem({ ...problem, hint: 'did you mean "production"?' })).toBe(
    'humdrum.yaml:14:3  unknown environment "prod"  [HD2104]\n  did you mean "production"?',
  )
})

test('escapes what a terminal would obey or hide', () => {
  expect(visible('a\u001B[31m\u009B\u202E\u200B\u2028z')).toBe('a\\u001b[31m\\u009b\\u202e\\u200b\\u2028z')
  expect(visible('\u{E0041}')).toBe('\\u{e0041}')
  expect(quoted('a"\n\u0007ü')).toBe('"a\\"\\n\\u0007ü"')
})

test('cuts long words, also in the middle of a character', () => {
  expect(quoted('x'.repeat(10_000))).toHaveLength(62)
  expect(quoted('😀'.repeat(40))).toMatch(/^"(😀){28}\\u?d83d\.\.\."$/i)
})

test('names the kind of what is not a word', () => {
  expect([null, [], {}, 1.5, true, 'x'].map(shown)).toEqual(['nothing', 'a list', 'a mapping', '1.5', 'true', '"x"'])
})
