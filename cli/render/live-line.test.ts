import { expect, test } from 'vitest'
import { createLiveLine } from './live-line.ts'

const lineOn = (isLive: boolean, columns = 80) => {
  const written: string[] = []
  return { written, line: createLiveLine({ write: (text) => written.push(text), isLive, columns: () => columns }) }
}

test('takes the live line away before a line that stays', () => {
  const { line, written } = lineOn(true)
  line.show('●', '10 %')
  line.keep('✓ done')
  expect(written).toEqual(['\r\u001b[K● 10 %', '\r\u001b[K', '✓ done\n'])
})

test('writes nothing for words that are there already', () => {
  const { line, written } = lineOn(true)
  line.show('●', '10 %')
  line.show('●', '10 %')
  expect(written).toHaveLength(1)
})

test('cuts the words so that the line never wraps', () => {
  const { line, written } = lineOn(true, 10)
  line.show('●', '0123456789')
  expect(written.join('')).toBe('\r\u001b[K● 0123456')
})

test('shows nothing on a pipe, and moves no cursor there', () => {
  const { line, written } = lineOn(false)
  line.show('●', '10 %')
  line.keep('✓ done')
  line.clear()
  expect(written).toEqual(['✓ done\n'])
})
