// Who may ask: whoever has the token, under a name of this server. The token itself is nowhere here, only its hash.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Server } from 'node:http'
import type { Fault } from '@humdrum/core/errors.ts'

type Headers = { readonly host?: string | undefined; readonly authorization?: string | undefined }

/** `route`: the path in the table of the one that takes the request, where there is one. */
export type Guard = (headers: Headers, route: string | undefined) => Fault | null

/**
 * Refuses with HD9003 (another host name) or HD1102 (no token, or a wrong one). `tokenHash` is the sha256 of the token, in
 * hexadecimal digits.
 */
export const createGuard = (tokenHash: string, server: Server): Guard => {
  const whole = Buffer.from(tokenHash, 'hex')
  if (whole.length !== 32) throw new Error('the hash of the token is not a sha256')
  const ofVerdicts = sha256(verdictToken(tokenHash))
  return (headers, route = '') => {
    if (!isOurName(headers.host, server)) return { code: 'HD9003', reason: 'it was called by another host name' }
    const isVerdict = route.startsWith('/verdicts/')
    const token = presented(headers.authorization ?? '', isVerdict)
    if (token === undefined) return { code: 'HD1102', reason: 'the request has none' }
    // Both sides have 32 bytes whatever was presented, so the time tells nothing about either.
    const hash = sha256(token)
    const isGiven = timingSafeEqual(hash, whole) || (isVerdict && timingSafeEqual(hash, ofVerdicts))
    return isGiven ? null : { code: 'HD1102', reason: 'it is not the token of this server' }
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The token that is good for /verdicts/ alone: whoever has it can read them and order nothing. It follows from the other. */
export const verdictToken = (tokenHash: string): string => sha256(`verdicts ${tokenHash}`).toString('hex')

/** A webhook may have no header of its own to set, but can have a password in its address: that arrives as Basic. */
const presented = (authorization: string, isVerdict: boolean): string | undefined => {
  const [, scheme = '', given = ''] = /^(bearer|basic) +(\S+) *$/i.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return given
  const password = /^[^:]*:(.+)$/.exec(Buffer.from(given, 'base64').toString('utf8'))?.[1]
  return isVerdict ? password : undefined
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

/** A page whose host name was pointed at this machine (DNS rebinding) still calls the server by that name. */
const isOurName = (header: string | undefined, server: Server): boolean => {
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.address : '127.0.0.1'
  if (!isLoopback(listening)) return true
  const name = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase() ?? ''
  return [...loopbackNames, listening].includes(name)
}

const isLoopback = (address: string): boolean => /^(::ffff:)?127\./.test(address) || address === '::1'

/** `x-humdrum-actor` (percent-encoded) as it goes on record: printable, at most 64 characters. */
export const actorOf = (header: string | string[] | undefined): string => {
  const printable = decoded(String(header ?? '')).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
  return printable.trim().slice(0, 64).trim() || 'somebody'
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a name that was not encoded, with a percent sign in it
  }
}
