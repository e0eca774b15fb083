// Readiness of one instance, asked over HTTP on fresh connections. What follows from it is not known here.
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { formatDuration } from '@humdrum/core/time.ts'

export type Probe = {
  readonly port: number
  readonly path: string
  readonly everyMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Told what every probe that fails meets. */
  readonly onTrouble: (words: string) => void
}

const inARow = 3

/** Null when one GET is answered by a 2xx in time; else in words what came instead: `answers GET /healthz with 404`. */
export const healthTrouble = ({
  port,
  path,
  timeoutMs,
  signal,
}: Omit<Probe, 'everyMs' | 'onTrouble'>): Promise<string | null> =>
  new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const request = get({ host: '127.0.0.1', port, path, agent: false, signal: limit }, (response) => {
      const status = response.statusCode ?? 0
      resolve(status >= 200 && status < 300 ? null : `answers GET ${path} with ${status}`)
      response.on('error', () => {}) // what follows the head does not matter
      response.resume()
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (limit.aborted) return resolve(`does not answer GET ${path} within ${formatDuration(timeoutMs)}`)
      resolve(
        error.code === 'ECONNREFUSED'
          ? `does not listen on the port in PORT (${port})`
          : `breaks off GET ${path} (${error.code ?? error.message})`,
      )
    })
  })

/** Waits until three probes in a row are healthy; false when the signal came first. */
export const untilReady = async (probe: Probe): Promise<boolean> => {
  let healthy = 0
  while (!probe.signal.aborted) {
    const trouble = await healthTrouble(probe)
    if (probe.signal.aborted) break
    if (trouble !== null) probe.onTrouble(trouble)
    healthy = trouble === null ? healthy + 1 : 0
    if (healthy === inARow) return true
    await delay(probe.everyMs, undefined, { signal: probe.signal }).catch(() => {}) // aborted: the loop ends
  }
  return false
}
