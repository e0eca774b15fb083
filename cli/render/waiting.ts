// What is said while something takes longer: one live line on a terminal after a second, on a pipe a line every ten. What is
// quick says nothing. Goes beside the answer: give it stderr.
import { formatClock } from '@humdrum/core/time.ts'
import type { Sink } from '../terminal.ts'
import { createLiveLine } from './live-line.ts'

/** After what time a terminal is told, how often it is drawn anew, after what time a pipe is told, and what changed since. */
export type Pace = { readonly liveAfterMs: number; readonly drawMs: number; readonly pipeEveryMs: number }

const usual: Pace = { liveAfterMs: 1_000, drawMs: 250, pipeEveryMs: 10_000 }

export type Waiting<Value> = { readonly words: () => string; readonly work: Promise<Value>; readonly pace?: Pace }

/** What `work` comes to. `words` are asked again and again: they may change. */
export const whileWaiting = async <Value>(
  sink: Sink,
  { words, work, pace = usual }: Waiting<Value>,
): Promise<Value> => {
  const line = createLiveLine(sink)
  const begun = Date.now()
  let said = { words: '', at: begun }
  const say = (): void => {
    const now = Date.now()
    if (sink.isLive && now - begun >= pace.liveAfterMs) line.show('●', `${words()}  ${formatClock(now - begun)}`)
    if (!sink.isLive && now - said.at >= pace.pipeEveryMs && words() !== said.words) {
      said = { words: words(), at: now }
      line.keep(`● ${said.words}`)
    }
  }
  const drawing = setInterval(say, pace.drawMs)
  try {
    return await work
  } finally {
    clearInterval(drawing)
    line.clear()
  }
}

/** A question to the server, which may be far away or busy. */
export const askServer = <Value>(
  sink: Sink,
  work: Promise<Value>,
  words = 'waiting for an answer of the server',
): Promise<Value> => whileWaiting(sink, { words: () => words, work })
