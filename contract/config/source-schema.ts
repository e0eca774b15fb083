// The section `metrics` of an environment: the source that metrics are read from which no edge can see. How it is read is
// the business of its adapter.
import { wellFormedReferences } from '@humdrum/core/delivery/env-reference.ts'
import type { SourceSpec } from '@humdrum/core/ports.ts'
import { z } from 'zod'
import { shown } from './problem.ts'
import { section, text } from './section.ts'
import { asMessage } from './sentences.ts'
import { durationMs } from './units.ts'

const referenceExample = '$' + '{env:PROMETHEUS_TOKEN}'
const longestIntervalMs = 300_000

const urlSchema = text('url: http://127.0.0.1:9090', { most: 2_048 })
  .superRefine((written, context) => {
    const flaw = urlFlaw(written)
    if (flaw !== null) context.addIssue(flaw)
  })
  .describe('Where its pages begin, with scheme, host and port, and the prefix of the path where it has one.')

const urlFlaw = (written: string): string | null => {
  const url = URL.canParse(written) ? new URL(written) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    return asMessage(`must be an address with http or https, not ${shown(written)}`, 'such as http://127.0.0.1:9090')
  if (url.username !== '' || url.password !== '')
    return asMessage('must not hold a name and a password', `write token: ${referenceExample}`)
  return url.search === '' && url.hash === ''
    ? null
    : asMessage('must end with its path', 'leave out what begins with ? or #')
}

const tokenSchema = text(`token: ${referenceExample}`)
  .regex(wellFormedReferences, {
    error: asMessage(
      `has a reference that is not of the form ${referenceExample}`,
      'a name is letters, digits and _, and does not begin with a digit',
    ),
  })
  .refine((written) => written.includes('$' + '{env:'), {
    error: asMessage('must be taken from a variable of the server', `write token: ${referenceExample}`),
  })
  .describe(
    `Sent as \`Authorization: Bearer\`. \`${referenceExample}\` takes the value of a variable of the server; a secret itself is refused here.`,
  )

export const sourceSchema = section(
  {
    kind: z.literal('prometheus').prefault('prometheus').describe('A Prometheus, or what answers like one.'),
    url: urlSchema,
    token: tokenSchema.optional(),
    interval: durationMs(1, longestIntervalMs)
      .prefault('10s')
      .describe(
        'How often it is asked, and how long after a span of time has ended it is asked about it: the last scrape must have arrived by then. As long as the scrape interval, or longer; at most `5m`.',
      ),
  },
  'metrics: { kind: prometheus, url: http://127.0.0.1:9090 }',
)
  .describe('The source of the metrics in `rollout.analysis.metrics` that the edge cannot see.')
  .transform(
    ({ kind, url, token, interval }): SourceSpec => ({ kind, url, token: token ?? null, intervalMs: interval }),
  )
