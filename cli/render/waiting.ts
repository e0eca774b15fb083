// What is said while something takes longer than a second: one live line on a terminal, now and then a line on a pipe.
// What is quick says nothing. Goes beside the answer: give it stderr.
import { formatClock } from '@humdrum/core/time.ts'
import type { Sink } from '../terminal.ts'
import { createLiveLine } from './live-line.ts'

/** How long nothing is said, how often a live line is drawn anew, how often a pipe is told what changed. */
export type Pace = { readonly quietMs: number; readonly liveMs: number; readonly pipeMs: number }

const usual: Pace = { quietMs: 1_000, liveMs: 250, pipeMs: 5_000 }

export type Waiting<Value> = { readonly words: () => string; readonly work: Promise<Value>; readonly pace?: Pace }

/** What `work` comes to. `words` are asked again and again: they may change. */
export const whileWaiting = async <Value>(
  sink: Sink,
  { words, work, pace = usual }: Waiting<Value>,
): Promise<Value> => {
  const line = createLiveLine(sink)
  const begun = Date.now()
  let said = { words: '', at: 0 }
  const say = (): void => {
    const now = Date.now()
    if (now - begun < pace.quietMs) return
    if (sink.isLive) line.show('●', `${words()}  ${formatClock(now - begun)}`)
    else if (words() !== said.words && now - said.at >= pace.pipeMs) {
      said = { words: words(), at: now }
      line.keep(`● ${said.words}`)
    }
  }
  const drawing = setInterval(say, pace.liveMs)
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
