// A small shop over HTTP: reads, writes and a stream of prices. What a release does wrong stands in its release.json, so
// that a bad release is really other bytes. It knows nothing of what deploys it: they share PORT, /healthz and SIGTERM.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const release = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'))

const products = [
  { id: 'lamp', name: 'Desk lamp', cents: 3900 },
  { id: 'chair', name: 'Oak chair', cents: 12900 },
  { id: 'kettle', name: 'Kettle, 1.5 l', cents: 2400 },
  { id: 'clock', name: 'Wall clock', cents: 3100 },
  { id: 'rug', name: 'Wool rug', cents: 8900 },
]
const productOf = (id) => products.find((product) => product.id === id)

const startUpMs = 150
const bodyLimitBytes = 16_384
const streamMs = 1_850
const tickMs = 100

let started = false
let stopping = false

/**
 * Stands for the work of a real service: `workMs` in the median (60 unless release.json says otherwise), log-normal with
 * sigma 0.25. A slow release stretches only what takes longer than nine requests of ten do, so that its p99 is `factor`
 * times as long and its median is as good as ever.
 */
const work = () => {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
  const [p90, p99] = [1.2816, 2.3263]
  const stretch = release.fault === 'slow' && normal > p90 ? release.factor ** ((normal - p90) / (p99 - p90)) : 1
  return sleep((release.workMs ?? 60) * stretch * Math.exp(0.25 * normal))
}

const headers = (more) => ({ 'x-shop-release': release.version, ...(stopping ? { connection: 'close' } : {}), ...more })

const answer = (response, status, body, more = {}) => {
  const text = JSON.stringify(body)
  response.writeHead(
    status,
    headers({ 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...more }),
  )
  response.end(text)
}

/** The whole body as text; null when it is longer than it may be. It is read to its end, so that the answer arrives. */
const read = async (request) => {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes <= bodyLimitBytes) chunks.push(chunk)
  }
  return bytes > bodyLimitBytes ? null : Buffer.concat(chunks).toString('utf8')
}

const parse = (text) => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return null // it is the client's mistake; the caller answers 400
  }
}

/** What is wrong with an order, in words; null when nothing is. */
const mistakeIn = (order) => {
  if (typeof order !== 'object' || order === null || Array.isArray(order)) return 'an order is an object'
  if (productOf(order.product) === undefined) return 'product: must be the id of a product'
  const { quantity } = order
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= 100
    ? null
    : 'quantity: must be a whole number, 1 to 100'
}

const bill = (id, { product, quantity }) => ({ id, product, quantity, cents: quantity * productOf(product).cents })

/** There is no database: an order's id carries the order, so that every instance of every release can answer for it. */
const idOf = ({ product, quantity }) => Buffer.from(JSON.stringify({ product, quantity })).toString('base64url')

const placeOrder = async (request, response) => {
  const text = await read(request)
  if (text === null) return answer(response, 413, { error: 'the order is too long' })
  const order = parse(text)
  if (order === null) return answer(response, 400, { error: 'the body is not JSON' })
  const mistake = mistakeIn(order.value)
  if (mistake !== null) return answer(response, 422, { error: mistake })
  const id = idOf(order.value)
  return answer(response, 201, bill(id, order.value), { location: `/orders/${id}` })
}

const showOrder = (id, response) => {
  const order = parse(Buffer.from(id, 'base64url').toString('utf8'))
  const known = order !== null && mistakeIn(order.value) === null && idOf(order.value) === id
  return known ? answer(response, 200, bill(id, order.value)) : answer(response, 404, { error: 'no such order' })
}

const showProduct = (id, response) => {
  const product = productOf(id)
  return product === undefined ? answer(response, 404, { error: 'no such product' }) : answer(response, 200, product)
}

/** Prices as server-sent events; the last event, `end`, tells a whole stream from one that was cut. */
const streamPrices = async (request, response) => {
  response.writeHead(200, headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }))
  const endsAt = performance.now() + streamMs
  while (request.method !== 'HEAD' && performance.now() < endsAt && !response.destroyed) {
    const { id, cents } = products[Math.floor(Math.random() * products.length)]
    response.write(`event: price\ndata: ${JSON.stringify({ id, cents })}\n\n`)
    await sleep(tickMs)
  }
  response.end('event: end\ndata: {}\n\n')
}

const routes = [
  {
    path: /^\/$/,
    GET: (_, response) =>
      answer(response, 200, { shop: 'example', release: release.version, see: ['/products', '/stream'] }),
  },
  { path: /^\/products$/, GET: (_, response) => answer(response, 200, { products }) },
  { path: /^\/products\/([\w-]+)$/, GET: (_, response, id) => showProduct(id, response) },
  { path: /^\/orders$/, POST: placeOrder },
  { path: /^\/orders\/([\w-]+)$/, GET: (_, response, id) => showOrder(id, response) },
  { path: /^\/stream$/, GET: streamPrices },
]

const handle = async (request, response) => {
  const [path] = (request.url ?? '/').split('?', 1)
  if (path === '/healthz') return answer(response, started ? 200 : 503, { started })
  if (!started) return answer(response, 503, { error: 'starting up' })
  await work()
  if (release.fault === 'errors' && Math.random() < release.share) {
    process.stderr.write(`${request.method} ${path} failed: no price for the tax zone\n`)
    return answer(response, 500, { error: 'no price for the tax zone' })
  }
  const route = routes.find((candidate) => candidate.path.test(path))
  if (route === undefined) return answer(response, 404, { error: 'no such address' })
  const handler = route[request.method === 'HEAD' ? 'GET' : request.method]
  if (handler === undefined)
    return answer(response, 405, { error: 'not here' }, { allow: route.GET ? 'GET, HEAD' : 'POST' })
  return handler(request, response, route.path.exec(path)[1])
}

const server = createServer((request, response) => {
  // A connection that is kept alive would hold up the end for as long as it idles.
  response.on('close', () => stopping && setImmediate(() => server.closeIdleConnections()))
  handle(request, response).catch((error) => {
    process.stderr.write(`${request.method} ${request.url} broke: ${error.message}\n`)
    if (response.headersSent || response.destroyed) response.destroy()
    else answer(response, 500, { error: 'something broke' })
  })
})

const stop = () => {
  if (stopping) return
  stopping = true
  process.stdout.write(`${release.version} finishes what it has and stops\n`)
  server.close(() => process.exit(0))
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', () => {
  process.stdout.write(`${release.version} listens on http://127.0.0.1:${server.address().port}\n`)
  if (release.fault === 'neverReady') {
    process.stderr.write(`${release.version} waits for a price table that nobody sends\n`)
    return
  }
  setTimeout(() => {
    started = true
    process.stdout.write(`${release.version} is ready\n`)
  }, startUpMs)
})
