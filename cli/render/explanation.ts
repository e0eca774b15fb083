// A rollout in words on a terminal: sections with their lines, then what happened when, and what to do next. The words are
// the server's. Pure.
import type { Explanation } from '@humdrum/contract/api.ts'
import { visible } from '@humdrum/contract/config/problem.ts'
import { formatClock } from '@humdrum/core/time.ts'
import { createColors } from 'picocolors'
import { endingOf } from './ending.ts'

export const renderExplanation = (
  { title, sections, timeline, rollout }: Explanation,
  { colours }: { readonly colours: boolean },
): string => {
  const paint = createColors(colours)
  const [first] = timeline
  const blocks = [
    ...sections,
    { heading: 'what happened', lines: timeline.map(({ at, text }) => `${when(at, first?.at ?? at)}  ${text}`) },
    { heading: 'what to do', lines: nextOf(rollout) },
  ].filter(({ lines }) => lines.length > 0)
  const text = blocks.map(({ heading, lines }) => `${paint.bold(heading)}\n${lines.map(indented).join('')}`)
  return `${paint.bold(title)}\n\n${text.join('\n')}`
}

const indented = (line: string): string => `  ${visible(line)}\n`

/** When it began by the calendar, and all else by how long after that. */
const when = (at: number, begunAt: number): string =>
  at === begunAt ? `${new Date(at).toISOString().slice(0, 19)}Z` : `+${formatClock(at - begunAt)}`.padStart(20)

/** The commands at the end of what a deploy tells. */
const nextOf = (rollout: Explanation['rollout']): readonly string[] => {
  const body = endingOf(rollout)?.body ?? []
  return body.slice(body.indexOf('') + 1).filter((line) => body.includes('') && line !== '')
}
