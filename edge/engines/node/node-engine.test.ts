// What of a connection becomes a request, which route it finds, and what is refused: byte by byte, against a real
// instance that counts what reaches it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, dial, talk } from '../../test-bed/client.ts'
import type { EdgeBed } from '../../test-bed/edge-bed.ts'
import { openEdgeBed } from '../../test-bed/edge-bed.ts'
import type { Instance } from '../../test-bed/instance.ts'
import { startInstance } from '../../test-bed/instance.ts'
import { at, order } from '../../test-bed/order.ts'

let bed: EdgeBed
let instance: Instance

beforeAll(async () => {
  bed = await openEdgeBed()
  instance = await startInstance((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => response.end(`${request.method} ${request.url} [${Buffer.concat(chunks)}]`))
  })
  bed.put(order({ stable: at('v1', instance.port) }))
})
afterAll(async () => {
  await bed[Symbol.asyncDispose]()
  await instance[Symbol.asyncDispose]()
})

const head = 'Host: a\r\n'

describe('refused with 400, closed, and no instance sees any of it', () => {
  test.each([
    [
      'length and encoding',
      `POST / HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'encoding and length',
      `POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `POST / HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['the same length twice', `POST / HTTP/1.1\r\n${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\nab`],
    ['lengths in a list', `POST / HTTP/1.1\r\n${head}Content-Length: 2, 2\r\n\r\nab`],
    ...['+5', '0x5', '-1', '5 5', '5a', '', '99999999999999999999'].map((length) => [
      ...[`the length ${JSON.stringify(length)}`, `POST / HTTP/1.1\r\n${head}Content-Length: ${length}\r\n\r\nabcde`],
    ]),
    ['encoding in 1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['another encoding', `POST / HTTP/1.1\r\n${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['chunked twice', `POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
    ['chunked before another', `POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `POST / HTTP/1.1\r\n${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['an odd Host', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['a folded line', `GET / HTTP/1.1\r\n${head}X: 1\r\n 2\r\n\r\n`],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: a\n\n'],
    ['a bare line feed between heads', 'GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n'],
    ['a bare line feed at the end', 'GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\n'],
    ['a bare carriage return', `GET / HTTP/1.1\r\n${head}X: 1\r2\r\n\r\n`],
    ['a NUL', `GET / HTTP/1.1\r\n${head}X: 1\x002\r\n\r\n`],
    ['a control character', `GET / HTTP/1.1\r\n${head}X: 1\x012\r\n\r\n`],
    ['a name that is no token', `GET / HTTP/1.1\r\n${head}X(: 1\r\n\r\n`],
    ['a line without colon', `GET / HTTP/1.1\r\n${head}X\r\n\r\n`],
    ['an empty name', `GET / HTTP/1.1\r\n${head}: x\r\n\r\n`],
    ['two spaces', `GET  / HTTP/1.1\r\n${head}\r\n`],
    ['two spaces before the version', `GET /  HTTP/1.1\r\n${head}\r\n`],
    ['a tab', `GET\t/ HTTP/1.1\r\n${head}\r\n`],
    ['a leading space', ` GET / HTTP/1.1\r\n${head}\r\n`],
    ['a trailing space', `GET / HTTP/1.1 \r\n${head}\r\n`],
    ['no version', 'GET /\r\n\r\n'],
    ['version 0.9', `GET / HTTP/0.9\r\n${head}\r\n`],
    ['version 2.0', `GET / HTTP/2.0\r\n${head}\r\n`],
    ['version 1.11', `GET / HTTP/1.11\r\n${head}\r\n`],
    ['no path', `GET HTTP/1.1\r\n${head}\r\n`],
    ['an unknown method', `GETS / HTTP/1.1\r\n${head}\r\n`],
    ['a method in lower case', `get / HTTP/1.1\r\n${head}\r\n`],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${head}\r\n`],
    ['credentials in the address', `GET http://u:p@a/ HTTP/1.1\r\n${head}\r\n`],
  ])('%s', async (_, bytes) => {
    const before = instance.requests.length
    const heard = await talk(bed.port, bytes ?? '')
    expect(heard).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(heard.toLowerCase()).toContain('connection: close')
    expect(instance.requests.length).toBe(before)
  })

  test('the prefix of a request is no request, however it ends', async () => {
    const before = instance.requests.length
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n')
    wire.socket.end()
    await wire.ended()
    expect(instance.requests.length).toBe(before)
  })
})

const chunked = `POST /c HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`

describe('chunks', () => {
  test.each([
    ['size that is no number', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['size with a sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['size beyond all numbers', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
    ['data longer than its size', '3\r\nabcdef\r\n0\r\n\r\n'],
    ['bare line feeds', '3\nabc\n0\n\n'],
    ['a bare line feed after the size', '3\nabc\r\n0\r\n\r\n'],
    ['a space after the size', '3 \r\nabc\r\n0\r\n\r\n'],
    ['an extension without end', `3;${'x'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`],
    ['a trailer that is no field', '3\r\nabc\r\n0\r\nX Y: 1\r\n\r\n'],
  ])('%s: the body never ends well at the instance, and nothing after it is a request', async (_, framing) => {
    const before = instance.requests.length
    const heard = await talk(bed.port, `${chunked}${framing}GET /smuggled HTTP/1.1\r\n${head}\r\n`)
    expect(heard).not.toContain('200 OK')
    expect(heard).not.toContain('smuggled')
    expect(instance.requests.slice(before)).not.toContain('GET /smuggled')
  })

  test('extensions and trailers are left out', async () => {
    using wire = await dial(bed.port)
    wire.say(`${chunked}3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nHost: evil\r\nX-T: 1\r\n\r\n`)
    expect(await wire.until('[abcde]')).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})

describe('on a connection that is kept', () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\n${head}\r\n`

  test('requests follow each other, whole, in pieces, or several at once', async () => {
    using wire = await dial(bed.port)
    wire.say(get('/1'))
    await wire.until('GET /1 []')
    for (const piece of ['GE', 'T /2 HT', `TP/1.1\r\n${head.slice(0, 3)}`, head.slice(3), '\r\n']) {
      wire.say(piece)
      await new Promise(setImmediate)
    }
    await wire.until('GET /2 []')
    wire.say(`${get('/3')}${get('/4')}POST /5 HTTP/1.1\r\n${head}Content-Length: 2\r\n\r\nab${get('/6')}`)
    const heard = await wire.until('GET /6 []')
    expect(heard.match(/(GET|POST) \/\d/g)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `${n === 5 ? 'POST' : 'GET'} /${n}`))
  })

  test('an empty line before a request is forgiven', async () => {
    using wire = await dial(bed.port)
    wire.say(`POST /1 HTTP/1.1\r\n${head}Content-Length: 2\r\n\r\nab`)
    await wire.until('[ab]')
    wire.say(`\r\n${get('/2')}`)
    await wire.until('GET /2 []')
  })

  test.each([
    ['after a GET', get('/1'), 'GET /1 []'],
    ['after a body with a length', `POST /1 HTTP/1.1\r\n${head}Content-Length: 2\r\n\r\nab`, '[ab]'],
    ['after a body in chunks', `${chunked}2\r\nab\r\n0\r\n\r\n`, '[ab]'],
  ])('an odd line %s is refused', async (_, first, answer) => {
    const before = instance.requests.length
    using wire = await dial(bed.port)
    wire.say(first)
    await wire.until(answer)
    wire.say(`GET  /odd HTTP/1.1\r\n${head}\r\n`)
    expect((await wire.ended()).heard).toContain('400 Bad Request')
    expect(instance.requests.slice(before)).not.toContain('GET /odd')
  })

  test('nothing within a body is taken for a line, not even behind an empty one', async () => {
    using wire = await dial(bed.port)
    for (const piece of [`POST / HTTP/1.1\r\n${head}Content-Length: 21\r\n\r\n`, 'first\r\n\r\n', 'GET  / odd\r\n']) {
      wire.say(piece)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await wire.until('[first\r\n\r\nGET  / odd\r\n]')
  })

  test('an odd line that comes in pieces is refused', async () => {
    using wire = await dial(bed.port)
    const before = instance.requests.length
    for (const piece of ['GET', ' ', ' /odd HTTP/1.1\r', `\n${head}\r\n`]) {
      wire.say(piece)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect((await wire.ended()).heard).toContain('400 Bad Request')
    expect(instance.requests.length).toBe(before)
  })

  test('HTTP/1.0 is answered and closed, or kept if it asks', async () => {
    expect(await talk(bed.port, 'GET /old HTTP/1.0\r\n\r\n')).toContain('GET /old []')
    using wire = await dial(bed.port)
    wire.say('GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    await wire.until('GET /kept []')
    wire.say('GET /again HTTP/1.0\r\n\r\n')
    expect((await wire.ended()).heard).toContain('GET /again []')
  })
})

describe('large heads', () => {
  test('above 64 KiB: 431, and others are served', async () => {
    const heard = await talk(bed.port, `GET / HTTP/1.1\r\n${head}X: ${'x'.repeat(66_000)}\r\n\r\n`)
    expect(heard).toMatch(/^HTTP\/1\.1 431 /)
    expect((await ask(bed.port)).status).toBe(200)
  })

  test('just below they pass, also when they have thousands of fields', async () => {
    const long = `/${'p'.repeat(30_000)}`
    expect((await ask(bed.port, { path: long, headers: { x: 'x'.repeat(30_000) } })).body.length).toBe(
      `GET ${long} []`.length,
    )
    const many = Array.from({ length: 4_000 }, (_, index) => `X${index}: 1\r\n`).join('')
    const heard = await talk(bed.port, `GET /many HTTP/1.1\r\n${many}${head}Connection: close\r\n\r\n`)
    expect(heard).toContain('GET /many []')
  })
})
