// The requests that a new instance gets before it counts as warm: nobody waits for them and no count sees them.
import type { Warmup } from '@humdrum/core/routing/route.ts'
import type { Dispatcher } from 'undici'

const answerTimeoutMs = 5_000
const userAgent = 'humdrum-warmup'

/** One GET after the other; every outcome counts. */
export const warmUp = async (plan: Warmup, pool: Dispatcher, isOver: () => boolean): Promise<void> => {
  for (let sent = 0; sent < plan.requests && !isOver(); sent += 1) await get(plan.path, pool)
}

const get = (path: string, pool: Dispatcher): Promise<void> =>
  new Promise((resolve) => {
    let abort = (): void => {}
    const timer = setTimeout(() => abort(), answerTimeoutMs)
    const over = (): void => {
      clearTimeout(timer)
      resolve()
    }
    pool.dispatch(
      { method: 'GET', path, headers: ['user-agent', userAgent] },
      {
        onRequestStart: (controller) => {
          abort = () => controller.abort(new Error('a warm-up request took too long'))
        },
        onResponseStart: () => {},
        onResponseData: () => {},
        onResponseEnd: over,
        onResponseError: over,
      },
    )
  })
