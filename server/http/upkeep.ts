// What those ask who look after the server itself: does it live, is it ready, what does it measure, let it stop.
import { FaultError } from '@humdrum/core/errors.ts'
import { getSetting } from '../store/records.ts'
import type { Handlers } from './handler.ts'
import type { Metrics } from './metrics.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem.ts'

type UpkeepHandlers = Pick<Handlers, 'stop' | 'livez' | 'readyz' | 'metrics'>

export const createUpkeep = ({ store, edge, lapsing, onStop }: HttpParts, metrics: Metrics): UpkeepHandlers => ({
  livez: async () => 'ok',
  readyz: async () => {
    await getSetting(store.db, 'tokenHash').catch((cause: unknown) => {
      throw new FaultError({ code: 'HD5004', reason: 'it could not be read' }, { cause })
    })
    const { reachable, url } = edge()
    if (!reachable) refuse('HD5001', url === '' ? 'it was not started yet' : `at ${url}`)
    return 'ok'
  },
  metrics: async ({ reply }) => {
    reply.type(metrics.contentType)
    return metrics.text()
  },
  stop: async ({ body: { everything }, gone }) => {
    const answer = { lapsing: await lapsing() }
    const leave = (): void => onStop(everything)
    // Whoever does not wait for the answer wants it stopped all the same.
    if (gone.aborted) leave()
    else gone.addEventListener('abort', leave)
    return answer
  },
})
