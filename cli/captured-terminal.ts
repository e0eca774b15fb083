// A terminal that keeps what is written, for tests.
import type { Sink, Terminal } from './terminal.ts'

export type CapturedTerminal = Terminal & { readonly written: () => string; readonly complained: () => string }

const capture = (): { readonly sink: Sink; readonly text: () => string } => {
  let text = ''
  const write = (piece: string): void => {
    text += piece
  }
  return { sink: { write, isWatched: false, isLive: false, colours: false, columns: () => 80 }, text: () => text }
}

export const capturedTerminal = (): CapturedTerminal => {
  const [out, err] = [capture(), capture()]
  return { out: out.sink, err: err.sink, written: out.text, complained: err.text }
}
