import { expect, test } from 'vitest'
import { createLog, told } from './log.ts'

test('a line is one JSON object with time, level, message and whatever else is known', () => {
  const lines: string[] = []
  const log = createLog(
    (line) => lines.push(line),
    () => 0,
  )
  log('info', 'two\nlines', { port: 1 })
  expect(lines.length).toBe(1)
  expect(lines[0]).toMatch(/^[^\n]+\n$/)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    ...{ time: '1970-01-01T00:00:00.000Z', level: 'info', message: 'two\nlines', port: 1 },
  })
})

test('an error is told with its causes; anything else as it is', () => {
  const error = new Error('outer', { cause: new Error('inner') })
  expect(told(error)).toMatch(/Error: outer\n.*<- Error: inner/s)
  expect(told('words')).toBe('words')
})
