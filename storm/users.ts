// The users of all apps: of each an open loop that reads and writes, and what came of every request. They know no rollout.
import { request } from 'node:http'
import type { Load } from '@humdrum/demo/load.ts'
import { startLoad } from '@humdrum/demo/load.ts'
import type { Asked } from '@humdrum/demo/visit.ts'
import type { Random } from '@humdrum/sim/random.ts'
import type { Request } from './history.ts'
import { hostOf } from './release.ts'

/** Of one app. */
const perSecond = 60
const writes = 0.25

const body = JSON.stringify({ quantity: 1 })

const choosing =
  (host: string) =>
  (uniform: number): Asked =>
    uniform < writes
      ? { kind: 'write', method: 'POST', path: '/', body, host }
      : { kind: 'read', method: 'GET', path: '/', host }

export type Users = { readonly requests: readonly Request[]; readonly leave: () => Promise<void> }

export const usersOf = (
  apps: readonly string[],
  given: { readonly url: string; readonly randomOf: (what: string) => Random },
): Users => {
  const requests: Request[] = []
  const loads: readonly Load[] = apps.map((app) =>
    startLoad({
      url: given.url,
      perSecond,
      choose: choosing(hostOf(app)),
      random: given.randomOf(app).next,
      onOutcome: ({ sentAt, status, release, dropped }) =>
        requests.push({ app, from: sentAt, to: Date.now(), status, release, dropped }),
    }),
  )
  return {
    requests,
    leave: async () => {
      await Promise.all(loads.map((load) => load.stop()))
    },
  }
}

/** One request on a connection of its own: the release that answered it, or what else came of it. */
export const releaseAt = (port: number, host: string): Promise<string> =>
  new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, headers: { host } }, (answer) => {
      answer.resume()
      const release = answer.headers['x-shop-release']
      resolve(typeof release === 'string' ? release : `the edge, with ${answer.statusCode}`)
    })
    sent.once('error', ({ message }) => resolve(message))
    sent.end()
  })
