import { expect, test } from 'vitest'
import { createScreen } from './screen.ts'

const screenOf = (columns: number) => {
  const written: string[] = []
  return { written, screen: createScreen({ write: (text) => written.push(text), columns: () => columns }) }
}

test('draws over all the lines of the time before', () => {
  const { screen, written } = screenOf(80)
  screen.show('one\ntwo\n')
  screen.show('three\n')
  screen.show('four\n')
  expect(written).toEqual(['one\ntwo\n', '\u001b[2A\r\u001b[Jthree\n', '\u001b[1A\r\u001b[Jfour\n'])
})

test('cuts a line that would wrap, by what is seen of it', () => {
  const { screen, written } = screenOf(6)
  screen.show('\u001b[32mabcde\u001b[39m\nabcdef\n')
  expect(written).toEqual(['\u001b[32mabcde\u001b[39m\nabcde\n'])
})
