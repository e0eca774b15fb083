// The run itself: every variant shipped, one after the other, under the requests of users, told in one timeline.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFollower } from '@humdrum/cli/render/follow.ts'
import { labelled } from '@humdrum/cli/render/words.ts'
import type { Sink } from '@humdrum/cli/terminal.ts'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Load } from './load.ts'
import { startLoad } from './load.ts'
import { ownConfigFile, readOwnConfig } from './own-config.ts'
import { ship } from './ship.ts'
import type { Site } from './site.ts'
import type { Tally } from './tally.ts'
import { createTally } from './tally.ts'
import { variants, writeVariant } from './variants.ts'
import { introduction, userWords } from './words.ts'

/** Arrivals are random: so much above what is promised that a run of half a minute does not fall below it by chance. */
const perSecond = 360

export type Played = {
  /** Of the rollouts that were begun, in their order. */
  readonly views: readonly RolloutView[]
  readonly tally: Tally
  readonly perSecond: number
}

export type Stage = { readonly site: Site; readonly sink: Sink; readonly signal: AbortSignal }

/** Ends after the last variant, the first one that came out otherwise than announced, or the signal. */
export const play = async ({ site, sink, signal }: Stage): Promise<Played> => {
  const { connect } = site
  const shopUrl = (await connect().status()).edge.url
  const follower = createFollower({
    ...{ write: sink.write, isTerminal: sink.isLive, colours: sink.colours, columns: sink.columns },
    now: Date.now,
  })
  follower.say(introduction(readOwnConfig(), shopUrl))
  const [tally, views]: [Tally, RolloutView[]] = [createTally(), []]
  let load: Load | null = null
  try {
    for (const variant of variants) {
      const { version, words, outcome } = variant
      follower.say(`\n${version}  ${words}`)
      const folder = join(site.folder, version)
      await writeVariant(folder, variant, ownConfigFile)
      const view = await ship({ connect, follower, sink, signal }, folder, version)
      views.push(view)
      if (view.phase !== outcome || signal.aborted) break
      if (load !== null) follower.say(`· ${labelled('users', userWords(tally, load.perSecond()))}`)
      load ??= startLoad({ url: shopUrl, perSecond, onOutcome: tally.take })
    }
  } finally {
    await load?.stop()
    follower.end()
  }
  return { views, tally, perSecond: load?.perSecond() ?? 0 }
}

/** Users who outlive the demo, for as long as the shop answers. */
export const leaveUsers = (shopUrl: string): void => {
  const users = fileURLToPath(new URL('./users.ts', import.meta.url))
  spawn(process.execPath, [users, shopUrl, String(perSecond)], { detached: true, stdio: 'ignore' }).unref()
}
