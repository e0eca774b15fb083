// Finds the server that a command speaks with: a remote one by variables, else the one of a home folder. Asked anew after
// the connection was lost, because a server that starts again may have another address.
import { userInfo } from 'node:os'
import type { Client, Connection } from '@humdrum/contract/client.ts'
import { createClient } from '@humdrum/contract/client.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { Variables } from './home.ts'
import { commandOn, homeOf, readHomeServer } from './home.ts'

export type Whereabouts = { readonly home: string | undefined; readonly variables: Variables }

/** Fails with HD1101 where no server was started, HD1002 where the variables are half set. */
export const findConnection = ({ home, variables }: Whereabouts): Connection => {
  const url = variables['HUMDRUM_URL']
  // A home that is named on the command line outranks what the environment says.
  if (url && home === undefined) return remoteConnection(url, variables['HUMDRUM_TOKEN']?.trim())
  const folder = homeOf(home, variables)
  const server = readHomeServer(folder)
  if (server !== null) {
    const look = commandOn(home, 'doctor')
    return { url: server.url, token: server.token, actor: actor(), next: commandOn(home, 'up'), look }
  }
  throw new FaultError({
    code: 'HD1101',
    reason: `none was started with the home ${folder}`,
    next: commandOn(home, 'up'),
  })
}

export const connect = (whereabouts: Whereabouts): Client => createClient(findConnection(whereabouts))

const remoteConnection = (url: string, token: string | undefined): Connection => {
  if (!token) {
    const next = 'set both, or neither to use the server of this machine'
    throw new FaultError({ code: 'HD1002', reason: 'HUMDRUM_URL is set and HUMDRUM_TOKEN is not', next })
  }
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    const next = 'such as HUMDRUM_URL=https://humdrum.example'
    throw new FaultError({ code: 'HD1002', reason: 'HUMDRUM_URL is not the address of a server', next })
  }
  const { username, password } = new URL(url)
  if (username !== '' || password !== '') {
    const next = 'leave them out: the server asks for HUMDRUM_TOKEN alone'
    throw new FaultError({ code: 'HD1002', reason: 'HUMDRUM_URL holds a name or a password', next })
  }
  return { url, token, actor: actor(), next: 'check HUMDRUM_URL, and whether the server there runs' }
}

/** Who asks, for the record; a user without a name (as in some containers) is somebody. */
export const actor = (): string => {
  try {
    return userInfo().username || 'somebody'
  } catch {
    return 'somebody' // no entry for this user id on this machine
  }
}
