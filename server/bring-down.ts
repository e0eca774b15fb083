// Ends what outlived a server: the edge and every app of a home that no server holds now.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import { findEdge } from '@humdrum/providers/routers/edge/edge-process.ts'
import { stopEdge } from '@humdrum/providers/routers/edge/edge-router.ts'
import type { ServerConfig } from './config.ts'
import { placesIn } from './config.ts'
import { isUnused, prepareHome } from './home.ts'
import { openMachine } from './machine.ts'
import { lockHome } from './store/lock.ts'

export const bringDown = async (config: ServerConfig, say: (text: string) => void): Promise<Result<null>> => {
  if (isUnused(config.home)) {
    say('nothing was running')
    return ok(null)
  }
  const prepared = prepareHome(config.home)
  if (!prepared.ok) return prepared
  const places = placesIn(config.home)
  const lock = lockHome(places.lock)
  if (lock === null) return failed('HD1104', config.home)
  const machine = openMachine(config.home)
  const edge = findEdge(places.edge)
  const instances = await machine.target.stopAll()
  await stopEdge(places.edge)
  machine.target.close()
  lock.release()
  say(
    instances === 0 && edge === null
      ? 'nothing was running'
      : `stopped ${instances} ${instances === 1 ? 'instance' : 'instances'}${edge === null ? '' : ' and the edge'}`,
  )
  return ok(null)
}
