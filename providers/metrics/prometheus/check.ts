// Whether a measure can be read at all, asked before a rollout depends on it: what Prometheus refuses, what is no counter, what
// gives several series, what is not there. Nothing is counted.
import { partsOf, queryOf } from '@humdrum/core/delivery/release-reference.ts'
import type { Ask, SourceCheck } from '@humdrum/core/ports.ts'
import type { Series } from './answer.ts'
import { noCounter } from './counter.ts'
import { whyNothing } from './nothing-found.ts'
import type { QueryApi } from './query-api.ts'
import { severalSeries } from './value.ts'

type Question = { readonly query: string; readonly flawOf: (found: readonly Series[]) => Promise<string | null> }

export const checkMeasure = async (api: QueryApi, { measure, release, to }: Ask): Promise<SourceCheck> => {
  let empty: SourceCheck | null = null
  for (const { query, flawOf } of questionsOf(api, measure)) {
    const filled = queryOf(query, release)
    const answered = await api.instant(filled, to)
    if (!answered.ok) return { kind: answered.isRefused ? 'refused' : 'unreachable', reason: answered.reason }
    const flaw = await flawOf(answered.value)
    if (flaw !== null) return { kind: 'refused', reason: flaw }
    if (answered.value.length === 0) empty ??= { kind: 'empty', reason: await whyEmpty(api, filled) }
  }
  return empty ?? { kind: 'fine' }
}

const questionsOf = (api: QueryApi, measure: Ask['measure']): readonly Question[] => {
  const counter = (query: string): Question => ({ query, flawOf: (found) => noCounter(api, found) })
  switch (measure.kind) {
    case 'share':
      return [counter(measure.hits), counter(measure.total)]
    case 'mean':
      return [counter(measure.sum), counter(measure.count)]
    case 'value':
      return [{ query: measure.query, flawOf: async (found) => severalSeries(found) }]
    case 'histogram':
      return [{ query: bothKinds(measure.selector), flawOf: async () => null }]
    default:
      return measure satisfies never
  }
}

/** A histogram is native by its name, or classic by its buckets. */
const bothKinds = (selector: string): string => {
  const { name } = partsOf(selector)
  return name === '' || name.endsWith('_bucket')
    ? selector
    : `${selector} or ${selector.replace(name, `${name}_bucket`)}`
}

/** Of a plain selector; what an expression makes of nothing is its own business. */
const whyEmpty = async (api: QueryApi, query: string): Promise<string> => {
  const { name, matchers } = partsOf(query)
  const isPlain = /^[^(]*\{[^}]*\}\s*$/.test(query) && (name !== '' || matchers.length > 0)
  if (!isPlain) return 'it gives no series now'
  const why = await whyNothing(api, query)
  return why.ok ? why.value : why.reason
}
