// What those ask who look after the server itself: does it live, is it ready, what does it measure, let it stop.
import { FaultError } from '@humdrum/core/errors.ts'
import { getSetting } from '../store/records.ts'
import type { Handlers } from './handler.ts'
import type { Metrics } from './metrics.ts'
import type { HttpParts } from './parts.ts'

type UpkeepHandlers = Pick<Handlers, 'stop' | 'livez' | 'readyz' | 'metrics'>

export const createUpkeep = ({ store, edge, lapsing, onStop }: HttpParts, metrics: Metrics): UpkeepHandlers => ({
  livez: async () => 'ok',
  readyz: async () => {
    await getSetting(store.db, 'tokenHash').catch((cause: unknown) => {
      throw new FaultError({ code: 'HD5004', reason: 'it could not be read' }, { cause })
    })
    if (!edge().reachable) throw new FaultError({ code: 'HD5001', reason: `at ${edge().url}` })
    return 'ok'
  },
  metrics: async ({ reply }) => {
    reply.type(metrics.contentType)
    return metrics.text()
  },
  stop: async ({ body: { everything }, reply }) => {
    const answer = { lapsing: await lapsing() }
    reply.raw.once('close', () => onStop(everything))
    return answer
  },
})
