// Where words go, and what may be done with them there. The only file that looks at the streams and variables of the
// process; everything else is given a Terminal.
import process from 'node:process'

export type Terminal = {
  readonly out: Sink
  readonly err: Sink
}

export type Sink = {
  readonly write: (text: string) => void
  /** Somebody looks at it: what happens next is worth following. */
  readonly isWatched: boolean
  /** A line may be rewritten. */
  readonly isLive: boolean
  readonly colours: boolean
  readonly columns: () => number
}

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown }
type Variables = Readonly<Record<string, string | undefined>>

/** `CI` and a dumb terminal are treated as a pipe; `NO_COLOR` takes colours and cursor moves, not the watcher. */
export const sinkOf = (stream: Stream, variables: Variables): Sink => {
  const isSet = (name: string): boolean => (variables[name] ?? '') !== '' && variables[name] !== 'false'
  const isWatched = stream.isTTY === true && !isSet('CI') && variables['TERM'] !== 'dumb'
  const isLive = isWatched && !isSet('NO_COLOR')
  return {
    write: (text) => stream.write(text),
    isWatched,
    isLive,
    colours: isLive,
    columns: () => stream.columns || 80,
  }
}

export const processTerminal = (): Terminal => ({
  out: sinkOf(process.stdout, process.env),
  err: sinkOf(process.stderr, process.env),
})

/** `humdrum status | head -1`: a reader that has enough is no failure. */
export const endQuietlyWhenNobodyReads = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EPIPE') process.exit(0)
      throw cause
    })
  }
}
