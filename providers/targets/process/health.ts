// Readiness of one instance, asked over HTTP on fresh connections. What follows from it is not known here.
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export type Probe = {
  readonly port: number
  readonly path: string
  readonly everyMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const inARow = 3

/** True when one GET is answered by a 2xx in time. */
export const isHealthy = ({ port, path, timeoutMs, signal }: Omit<Probe, 'everyMs'>): Promise<boolean> =>
  new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const request = get({ host: '127.0.0.1', port, path, agent: false, signal: limit }, (response) => {
      resolve((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 300)
      response.on('error', () => {}) // what follows the head does not matter
      response.resume()
    })
    request.on('error', () => resolve(false))
  })

/** Waits until three probes in a row are healthy; false when the signal came first. */
export const untilReady = async (probe: Probe): Promise<boolean> => {
  let healthy = 0
  while (!probe.signal.aborted) {
    healthy = (await isHealthy(probe)) ? healthy + 1 : 0
    if (probe.signal.aborted) break
    if (healthy === inARow) return true
    await delay(probe.everyMs, undefined, { signal: probe.signal }).catch(() => {}) // aborted: the loop ends
  }
  return false
}
