// What deploy, rollback and retry share: following a rollout on the terminal, leaving it with Ctrl-C, and what that means as an
// exit code.
import process from 'node:process'
import type { RolloutView } from '@humdrum/contract/api.ts'
import { isOver, waitsForPerson } from '@humdrum/core/rollout/state.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode, exitOfPhase } from '../exit-code.ts'
import { followRollout } from '../follow-rollout.ts'
import type { Invocation } from '../invocation.ts'
import { createFollower } from '../render/follow.ts'
import { scopeOptions } from '../render/words.ts'
import type { Sink } from '../terminal.ts'

/** `baking`: full exposure is enough; `over`: the bake too. */
export type WaitFor = 'baking' | 'over'

export type Watched = { readonly rollout: RolloutView; readonly exit: ExitCode }

export type WatchOptions = {
  readonly waitFor: WaitFor
  readonly sink: Sink
  /** What an end of the rollout means here; by its phase without it. */
  readonly exitOf?: (view: RolloutView) => ExitCode
}

export const watchRollout = async (
  { connect }: Invocation,
  rollout: RolloutView,
  { waitFor, sink, exitOf = (view) => exitOfPhase(view.phase) }: WatchOptions,
): Promise<Watched> => {
  const detaching = new AbortController()
  const detach = (): void => detaching.abort()
  const follower = createFollower({
    write: sink.write,
    isTerminal: sink.isLive,
    colours: sink.colours,
    columns: sink.columns,
    now: Date.now,
  })
  process.once('SIGINT', detach)
  try {
    const until = (view: RolloutView): boolean => isOver(view) || waitsForPerson(view) || bakes(view, waitFor)
    const last = await followRollout({ connect, rollout, follower, until, signal: detaching.signal })
    if (detaching.signal.aborted && !until(last)) {
      sink.write(detachedWords(last))
      return { rollout: last, exit: exitCode.well }
    }
    if (last.phase === 'Baking') sink.write(`  ${last.headline}; it goes on by itself\n`)
    return { rollout: last, exit: exitOf(last) }
  } finally {
    process.removeListener('SIGINT', detach)
  }
}

const bakes = (view: RolloutView, waitFor: WaitFor): boolean => waitFor === 'baking' && view.phase === 'Baking'

const detachedWords = (view: RolloutView): string =>
  `detached: ${view.id} goes on by itself (${view.headline})\n` +
  `  look again   humdrum status ${view.app} --watch\n  end it       humdrum abort ${scopeOptions(view)}\n`
