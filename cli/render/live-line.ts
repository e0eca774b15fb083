// The one line at the end of the output that is rewritten while something goes on; above it stand the lines that stay.
// Where lines cannot be rewritten it shows nothing, and only what stays is written.

export type LiveLine = {
  /** A line that stays. */
  readonly keep: (line: string) => void
  /** What goes on now, in place of what went on before. `mark` may have colours, `words` not: they are cut to the width. */
  readonly show: (mark: string, words: string) => void
  readonly clear: () => void
}

export type LiveLineParts = {
  readonly write: (text: string) => void
  readonly isLive: boolean
  readonly columns: () => number
}

const clearLine = '\r\u001b[K'

export const createLiveLine = ({ write, isLive, columns }: LiveLineParts): LiveLine => {
  let shown = ''
  const clear = (): void => {
    if (shown !== '') write(clearLine)
    shown = ''
  }
  return {
    keep: (line) => {
      clear()
      write(`${line}\n`)
    },
    show: (mark, words) => {
      // A line that wraps cannot be rewritten: the mark and a space take two columns, and the last one stays free.
      const cut = [...words].slice(0, Math.max(0, columns() - 3)).join('')
      const line = `${mark} ${cut}`
      if (!isLive || line === shown) return
      write(`${clearLine}${line}`)
      shown = line
    },
    clear,
  }
}
