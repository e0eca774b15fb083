// Who may ask: whoever has the token, under a name of this server. The token itself is nowhere here, only its hash.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Server } from 'node:http'
import type { Fault } from '@humdrum/core/errors.ts'

export type Guard = (headers: {
  readonly host?: string | undefined
  readonly authorization?: string | undefined
}) => Fault | null

/**
 * Refuses with HD9003 (another host name) or HD1102 (no token, or a wrong one). `tokenHash` is the sha256 of the token, in
 * hexadecimal digits.
 */
export const createGuard = (tokenHash: string, server: Server): Guard => {
  const expected = Buffer.from(tokenHash, 'hex')
  if (expected.length !== 32) throw new Error('the hash of the token is not a sha256')
  return (headers) => {
    if (!isOurName(headers.host, server)) return { code: 'HD9003', reason: 'it was called by another host name' }
    const token = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
    if (token === undefined) return { code: 'HD1102', reason: 'the request has none' }
    // Both sides have 32 bytes whatever was presented, so the time tells nothing about either.
    return timingSafeEqual(createHash('sha256').update(token).digest(), expected)
      ? null
      : { code: 'HD1102', reason: 'it is not the token of this server' }
  }
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
