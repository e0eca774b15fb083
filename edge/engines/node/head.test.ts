import { describe, expect, test } from 'vitest'
import { answerHead, asText, headFault, OddAnswerError, requestHead, targetOf } from './head.ts'

const faultOf = (rawHeaders: string[], httpVersion = '1.1') => headFault({ httpVersion, rawHeaders })

describe('a request is refused', () => {
  test.each([
    ['without Host', [], '1.1'],
    ['with two Hosts', ['Host', 'a', 'host', 'b'], '1.1'],
    ['with the same Host twice', ['Host', 'a', 'HOST', 'a'], '1.1'],
    ['with two lengths', ['Host', 'a', 'Content-Length', '1', 'content-length', '2'], '1.1'],
    ['with the same length twice', ['Host', 'a', 'Content-Length', '1', 'Content-Length', '1'], '1.1'],
    ['with length and encoding', ['Host', 'a', 'Content-Length', '1', 'Transfer-Encoding', 'chunked'], '1.1'],
    ['with two encodings', ['Host', 'a', 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'], '1.1'],
    ['with an encoding that is not chunked', ['Host', 'a', 'Transfer-Encoding', 'identity'], '1.1'],
    ['with an encoding before chunked', ['Host', 'a', 'Transfer-Encoding', 'gzip, chunked'], '1.1'],
    ['with an encoding in HTTP/1.0', ['Transfer-Encoding', 'chunked'], '1.0'],
    ['of another version', ['Host', 'a'], '0.9'],
    ['of another version', ['Host', 'a'], '2.0'],
  ])('%s %j %s', (_, rawHeaders, version) => {
    expect(faultOf(rawHeaders, version)).toEqual(expect.any(String))
  })

  test.each([
    [['Host', 'a'], '1.1'],
    [['Host', ''], '1.1'],
    [['Host', 'a', 'Transfer-Encoding', 'Chunked'], '1.1'],
    [['Host', 'a', 'Content-Length', '5'], '1.1'],
    [[], '1.0'],
  ])('but not %j %s', (rawHeaders, version) => {
    expect(faultOf(rawHeaders, version)).toBeNull()
  })
})

describe('where a request wants to go', () => {
  test.each([
    ['/a?b', 'shop.example', { host: 'shop.example', authority: 'shop.example', path: '/a?b' }],
    ['/', 'SHOP.example:8080', { host: 'shop.example', authority: 'SHOP.example:8080', path: '/' }],
    ['/', 'shop.example.', { host: 'shop.example', authority: 'shop.example.', path: '/' }],
    ['/', '[::1]:80', { host: '[::1]', authority: '[::1]:80', path: '/' }],
    ['/', '', { host: '', authority: '', path: '/' }],
    ['//other/x', 'a', { host: 'a', authority: 'a', path: '//other/x' }],
    ['http://a/x?y', 'b', { host: 'a', authority: 'a', path: '/x?y' }],
    ['HTTP://a:1', 'b', { host: 'a', authority: 'a:1', path: '/' }],
    ['http://a?x', 'b', { host: 'a', authority: 'a', path: '/?x' }],
  ])('%s with Host %j', (url, host, target) => {
    expect(targetOf({ url, headers: { host } })).toEqual(target)
  })

  test.each([
    ['*', 'a'],
    ['a:443', 'a'],
    ['http://user@a/', 'a'],
    ['ftp://a/', 'a'],
    ['http:///x', 'a'],
    ['/', 'a b'],
    ['/', 'a/b'],
    ['/', 'a:b'],
    ['/', 'user@a'],
    ['/', 'a"b'],
    ['/', '[::1'],
  ])('nowhere: %s with Host %j', (url, host) => {
    expect(targetOf({ url, headers: { host } })).toBeNull()
  })
})

const client = { address: '10.0.0.9', authority: 'shop.example' }

/** What a release gets of these, without what the edge says itself. */
const forwarded = (raw: readonly string[]): string[] => {
  const head = requestHead(raw, client)
  return head.slice(2, head.indexOf('x-forwarded-for'))
}

describe('what a release sees of a request', () => {
  test('everything else goes on in its order and spelling, also repeated', () => {
    const raw = ['X-A', '1', 'Cookie', 'a=1', 'x-a', '2', 'Accept', '*/*', 'Authorization', 'Bearer x']
    expect(forwarded(raw)).toEqual(raw)
  })

  test.each([
    ...['Connection', 'Keep-Alive', 'Proxy-Connection', 'Transfer-Encoding', 'Upgrade', 'Trailer', 'Expect'],
    ...['Proxy-Authorization', 'HTTP2-Settings'],
  ])('%s stays here', (name) => {
    expect(forwarded([name, 'x', name.toUpperCase(), 'y', 'X-Kept', '1'])).toEqual(['X-Kept', '1'])
  })

  test('so does whatever Connection names, but not what says how the message is read', () => {
    const raw = ['X-A', '1', 'Connection', 'close, x-A ,X-B', 'X-B', '2', 'X-C', '3', 'connection', 'X-C', 'X-D', '4']
    expect(forwarded(raw)).toEqual(['X-D', '4'])
    expect(requestHead(['Connection', 'host'], client).slice(0, 2)).toEqual(['host', 'shop.example'])
  })

  test('of TE only trailers', () => {
    expect(forwarded(['TE', 'gzip, Trailers'])).toEqual(['te', 'trailers'])
    expect(forwarded(['TE', 'gzip'])).toEqual([])
    expect(forwarded(['Connection', 'te', 'TE', 'trailers'])).toEqual(['te', 'trailers'])
  })

  test('Host is what was routed by', () => {
    expect(requestHead(['Host', 'other'], client).slice(0, 2)).toEqual(['host', 'shop.example'])
    expect(requestHead(['Host', ''], { ...client, authority: '' })[0]).toBe('x-forwarded-for')
  })

  test('who asks is said by the edge alone', () => {
    const lies = [
      'X-Forwarded-For',
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'X-Forwarded-Port',
      'X-Real-IP',
      'Forwarded',
    ]
    const head = requestHead(
      lies.flatMap((name) => [name, 'a lie']),
      client,
    )
    expect(head).toEqual([
      ...['host', 'shop.example', 'x-forwarded-for', '10.0.0.9', 'x-forwarded-proto', 'http'],
      ...['x-forwarded-host', 'shop.example', 'x-real-ip', '10.0.0.9'],
      ...['forwarded', 'for=10.0.0.9;host="shop.example";proto=http'],
    ])
  })

  test('addresses are written as they want to be read', () => {
    const said = (address: string): string | undefined => requestHead([], { ...client, address }).at(-1)
    expect(said('::ffff:10.0.0.9')).toContain('for=10.0.0.9;')
    expect(said('2001:db8::1')).toContain('for="[2001:db8::1]";')
  })
})

describe('what a client sees of an answer', () => {
  test('everything else goes on', () => {
    const raw = ['Set-Cookie', 'a', 'Set-Cookie', 'b', 'Content-Length', '3', 'X', 'é']
    expect(answerHead(raw, 200)).toEqual({ head: raw, chunked: false })
  })

  test('what is for one connection stays here', () => {
    const raw = ['Connection', 'x-a, close', 'X-A', '1', 'Keep-Alive', 'timeout=5', 'Upgrade', 'h2c', 'X-B', '2']
    expect(answerHead(raw, 200).head).toEqual(['X-B', '2'])
  })

  test('trailers are announced only with chunks', () => {
    expect(answerHead(['Trailer', 'X-T', 'Transfer-Encoding', 'chunked'], 200)).toEqual({
      ...{ head: ['Trailer', 'X-T'], chunked: true },
    })
    expect(answerHead(['Trailer', 'X-T', 'Content-Length', '1'], 200).head).toEqual(['Content-Length', '1'])
  })

  test('204 has no length', () => {
    expect(answerHead(['Content-Length', '0'], 204).head).toEqual([])
    expect(answerHead(['Content-Length', '7'], 304).head).toEqual(['Content-Length', '7'])
  })

  test('an encoding that cannot be passed on is odd', () => {
    expect(() => answerHead(['Transfer-Encoding', 'gzip, chunked'], 200)).toThrow(OddAnswerError)
  })

  test('bytes stand for themselves', () => {
    expect(asText([Buffer.from('X'), Buffer.from([0xc3, 0xa9]), 'y'])).toEqual(['X', 'Ã©', 'y'])
    expect(asText(null)).toEqual([])
  })
})
