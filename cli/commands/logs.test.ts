import { expect, test } from 'vitest'
import { renderLogEntry } from './logs.ts'

const entry = { time: '2026-11-23T21:23:55.094Z', release: 'v3', instance: 'i-2558', stream: 'stderr' } as const

test('says when, which release, which instance, and what', () => {
  expect(renderLogEntry({ ...entry, line: 'order 7 is lost' }, true)).toBe(
    '2026-11-23T21:23:55.094Z v3 i-2558 stderr | order 7 is lost',
  )
})

test('lets no app move the cursor of a terminal; tabs stay', () => {
  expect(renderLogEntry({ ...entry, line: 'a\tb\u001b[2J' }, true)).toContain('| a\tb\\u001b[2J')
})

test('gives a pipe what was written', () => {
  expect(renderLogEntry({ ...entry, line: 'a\u001b[2J' }, false)).toContain('| a\u001b[2J')
})
