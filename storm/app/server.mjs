// The app of the storm: small, and soon ready. What a release does wrong stands in its release.json, so that a bad release
// is really other bytes. It knows nothing of what deploys it: they share PORT, /healthz and SIGTERM.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const release = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'))
const workMs = 5

let stopping = false

const answer = (response, status) => {
  const body = JSON.stringify({ release: release.version })
  const last = stopping ? { connection: 'close' } : {}
  response.writeHead(status, { 'x-shop-release': release.version, 'content-length': body.length, ...last })
  response.end(body)
}

const server = createServer(async (request, response) => {
  response.on('close', () => stopping && setImmediate(() => server.closeIdleConnections()))
  request.resume()
  if (request.url === '/healthz') return answer(response, release.kind === 'neverReady' ? 503 : 200)
  await sleep(workMs)
  return answer(response, Math.random() < release.errorShare ? 500 : 200)
})

process.on('SIGTERM', () => {
  stopping = true
  server.close(() => process.exit(0))
})

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  if (release.kind === 'crashes') setTimeout(() => process.exit(3), release.afterMs)
})
