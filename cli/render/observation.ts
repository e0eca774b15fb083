// An observation on a terminal, in a line or in a few: the words are the server's. Pure.
import { visible } from '@humdrum/contract/config/problem.ts'
import type { ObservationExplanation, ObservationView } from '@humdrum/contract/observation-view.ts'
import { createColors } from 'picocolors'
import { labelled } from './words.ts'

/** `shop → production: o-3 observes v2 beside v1: Running, …` */
export const observationLine = (view: ObservationView): string => {
  const { id, app, environment, candidate, stable, verdict, reason } = view
  return `${app} → ${environment}: ${id} observes ${candidate} beside ${stable}: ${verdict}, ${visible(reason)}`
}

export const renderObservation = (view: ObservationView): string => {
  const { id, app, environment, endedAt } = view
  const lines =
    endedAt === null
      ? [
          labelled('verdict', `GET /verdicts/${app}.${environment}, or /verdicts/${id}`),
          labelled('token', 'humdrum observe --token prints one that is good for that alone'),
          labelled('in words', `humdrum explain ${id}`),
        ]
      : [labelled('ended', `${new Date(endedAt).toISOString().slice(0, 19)}Z`)]
  return `${[observationLine(view), ...lines].join('\n')}\n`
}

export const renderObservationExplanation = (
  { title, sections }: ObservationExplanation,
  { colours }: { readonly colours: boolean },
): string => {
  const paint = createColors(colours)
  const blocks = sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ heading, lines }) => `${paint.bold(heading)}\n${lines.map((line) => `  ${visible(line)}\n`).join('')}`)
  return `${paint.bold(title)}\n\n${blocks.join('\n')}`
}
