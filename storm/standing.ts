// Which instances serve, as the edge knows it: what was ready for a while in which server and edge both lived was told to
// the edge. So the storm never takes the last instance that a release has there, and the laws know when one was missing.
import type { Span } from './history.ts'

const lookMs = 200
/** So many looks in a row: the engine turns within a second, and tells the edge. */
const looksUntilTold = 8

export type Look = {
  readonly at: number
  /** Server and edge both run, and nothing holds them. */
  readonly attended: boolean
  readonly serving: readonly { readonly release: string; readonly instance: string; readonly port: number }[]
}

export type Standing = {
  readonly take: (look: Look) => void
  /** The instances of a release that the edge knows and that served at the last look. */
  readonly told: (release: string) => readonly string[]
  /** By release: when fewer than `wanted` of its instances were told and served, since it was whole for the first time. */
  readonly short: () => ReadonlyMap<string, readonly Span[]>
}

export const createStanding = (wanted: number): Standing => {
  let looks = new Map<string, { readonly release: string; readonly instance: string; readonly count: number }>()
  const shortSince = new Map<string, number | null>()
  const spans = new Map<string, Span[]>()
  const told = (release: string): readonly string[] =>
    [...looks.values()]
      .filter((one) => one.release === release && one.count >= looksUntilTold)
      .map(({ instance }) => instance)
  const mark = (release: string, at: number): void => {
    const isWhole = told(release).length >= wanted
    const since = shortSince.get(release)
    if (isWhole && since != null) spans.set(release, [...(spans.get(release) ?? []), { from: since, to: at }])
    if (isWhole) shortSince.set(release, null)
    else if (since === null) shortSince.set(release, at)
  }
  return {
    take: ({ at, attended, serving }) => {
      looks = new Map(
        serving.map(({ release, instance, port }) => {
          const key = `${instance} ${port}`
          const count = looks.get(key)?.count ?? 0
          const isTold = count >= looksUntilTold
          return [key, { release, instance, count: attended || isTold ? count + 1 : 0 }]
        }),
      )
      const known = new Set([...shortSince.keys(), ...serving.map(({ release }) => release)])
      for (const release of known) mark(release, at)
    },
    told,
    short: () => {
      const open = [...shortSince].flatMap(([release, since]) => (since === null ? [] : [{ release, since }]))
      const all = new Map(spans)
      for (const { release, since } of open)
        all.set(release, [...(all.get(release) ?? []), { from: since, to: Number.POSITIVE_INFINITY }])
      return all
    },
  }
}

/** Looks again and again until the signal. */
export const keepLooking = (standing: Standing, look: () => Look, signal: AbortSignal): void => {
  const timer = setInterval(() => standing.take(look()), lookMs)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
