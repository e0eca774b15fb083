// After a reboot: starts again the apps that ran before it, from what the target keeps of them alone, so that an edge with
// its table has somebody to send requests to before a server is up. Knows neither store nor rollouts, and asks nothing of them.
import type { Result } from '@humdrum/core/errors.ts'
import { ok } from '@humdrum/core/errors.ts'
import type { ServerConfig } from './config.ts'
import { placesIn } from './config.ts'
import { prepareHome } from './home.ts'
import { openMachine } from './machine.ts'
import { lockHome } from './store/lock.ts'

/** The edge is started after this: an app that never gets ready must not keep the others from being served. */
const patienceMs = 20_000

export const restore = async (config: ServerConfig, say: (text: string) => void): Promise<Result<null>> => {
  const prepared = prepareHome(config.home)
  if (!prepared.ok) return prepared
  const lock = lockHome(placesIn(config.home).lock)
  if (lock === null) {
    say('a server runs on this home, and attends to the apps itself')
    return ok(null)
  }
  const { target } = openMachine(config.home)
  const { ready, of } = await target.untilRestored(patienceMs)
  target.close()
  lock.release()
  say(of === 0 ? 'no app was ready here before' : `${ready} of the ${of} instances that were ready before are so again`)
  return ok(null)
}
