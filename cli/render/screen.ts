// A text of several lines that is drawn over itself. Lines are cut to the width: one that wraps could not be taken back.
import { stripVTControlCharacters } from 'node:util'

export type Screen = { readonly show: (text: string) => void }

export type ScreenParts = { readonly write: (text: string) => void; readonly columns: () => number }

export const createScreen = ({ write, columns }: ScreenParts): Screen => {
  let drawn = 0
  return {
    show: (text) => {
      const lines = text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => cut(line, columns() - 1))
      write(`${drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`}${lines.join('\n')}\n`)
      drawn = lines.length
    },
  }
}

/** A line that is too long loses its colours with its end. */
const cut = (line: string, width: number): string => {
  const plain = stripVTControlCharacters(line)
  return plain.length <= width ? line : plain.slice(0, Math.max(0, width))
}
