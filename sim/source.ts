// A source of metrics as a simulation: counters that grow with time, by release, and a source that can be away. Answers of a
// window are what was counted up to its end less what was counted up to its beginning, so windows that meet add up.
import type { Version } from '@humdrum/core/ids.ts'
import type { MetricsSource, Reading } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { silentSource } from '@humdrum/server/metrics-source.ts'

/** Of a release: how many a second, and which share of them are hits. */
export type SimCounter = { readonly perSecond: number; readonly share: number }

export type SimSource = {
  readonly port: MetricsSource
  /** Every window that was answered with counts, by release. */
  readonly answered: readonly { readonly release: Version; readonly from: Instant; readonly to: Instant }[]
  /** What it answers of a release instead of counts; null for counts. */
  answerWith(instead: (release: Version) => Reading | null): void
}

export const createSimSource = (counterOf: (release: Version) => SimCounter): SimSource => {
  const answered: { release: Version; from: Instant; to: Instant }[] = []
  let insteadOf: (release: Version) => Reading | null = () => null
  return {
    answered,
    answerWith: (instead) => {
      insteadOf = instead
    },
    port: {
      read: async ({ release, from, to }) => {
        const instead = insteadOf(release)
        if (instead !== null) return instead
        answered.push({ release, from, to })
        const { perSecond, share } = counterOf(release)
        const counted = (at: Instant, rate: number): number => Math.floor((at / 1_000) * rate)
        const grown = (rate: number): number => counted(to, rate) - counted(from, rate)
        return { kind: 'share', hits: grown(perSecond * share), total: grown(perSecond) }
      },
      check: async () => ({ kind: 'fine' }),
    },
  }
}

/** For worlds whose plans ask nothing but the edge. */
export const noSource = silentSource('there is no source here')
