// The shop as a deployment meets it: started by its command, asked over HTTP, ended by a signal.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

type Shop = AsyncDisposable & {
  readonly url: string
  readonly process: ChildProcess
  readonly exited: Promise<unknown[]>
}

const source = fileURLToPath(new URL('../examples/shop', import.meta.url))

/** Resolves when the shop listens, or, with `ready`, when its health says so. */
const startShop = async (release: object, ready = true): Promise<Shop> => {
  const folder = await mkdtemp(join(tmpdir(), 'shop-'))
  await cp(source, folder, { recursive: true })
  await writeFile(join(folder, 'release.json'), JSON.stringify(release))
  const env = { PATH: process.env['PATH'], PORT: '0' }
  const child = spawn(process.execPath, ['server.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(child, 'exit')
  let url = ''
  for await (const line of createInterface({ input: child.stdout })) {
    url = /listens on (\S+)/.exec(line)?.[1] ?? url
    if (url !== '' && (!ready || line.endsWith('is ready'))) break
  }
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true })
  }
  return { url, process: child, exited, [Symbol.asyncDispose]: dispose }
}

const post = (shop: Shop, body: string): Promise<Response> => fetch(`${shop.url}/orders`, { method: 'POST', body })

const statuses = (shop: Shop, path: string, count: number): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, async () => (await fetch(`${shop.url}${path}`)).status))

test('the shop answers reads, and says which release answered', async () => {
  await using shop = await startShop({ version: 'v7' })
  const list = await fetch(`${shop.url}/products`)
  expect(list.headers.get('x-shop-release')).toBe('v7')
  expect(await list.json()).toMatchObject({
    products: expect.arrayContaining([expect.objectContaining({ id: 'lamp' })]),
  })
  expect(await (await fetch(`${shop.url}/products/lamp`)).json()).toMatchObject({ id: 'lamp', cents: 3900 })
  expect((await fetch(`${shop.url}/products/moon`)).status).toBe(404)
  expect((await fetch(`${shop.url}/nowhere`)).status).toBe(404)
  expect((await fetch(shop.url, { method: 'DELETE' })).status).toBe(405)
})

test('an order that one instance took is shown by every other', async () => {
  await using one = await startShop({ version: 'v1' })
  await using other = await startShop({ version: 'v2' })
  const placed = await post(one, '{"product":"chair","quantity":2}')
  expect(placed.status).toBe(201)
  const shown = await fetch(`${other.url}${placed.headers.get('location')}`)
  expect(await shown.json()).toEqual(await placed.json())
  expect((await fetch(`${other.url}/orders/nonsense`)).status).toBe(404)
})

test('the shop refuses an order that is none', async () => {
  await using shop = await startShop({ version: 'v1' })
  expect((await post(shop, 'not JSON')).status).toBe(400)
  expect((await post(shop, 'null')).status).toBe(422)
  expect((await post(shop, '{"product":"moon","quantity":1}')).status).toBe(422)
  expect((await post(shop, '{"product":"lamp","quantity":0}')).status).toBe(422)
  expect((await post(shop, `"${'x'.repeat(20_000)}"`)).status).toBe(413)
})

test('the stream of prices ends by itself within two seconds, and says that it is whole', async () => {
  await using shop = await startShop({ version: 'v1' })
  const text = await (await fetch(`${shop.url}/stream`)).text()
  const prices = text.split('\n\n').filter((event) => event.startsWith('event: price')).length
  expect(prices).toBeGreaterThan(5)
  // One every 100 ms: more of them would take longer.
  expect(prices).toBeLessThan(20)
  expect(text.endsWith('event: end\ndata: {}\n\n')).toBe(true)
})

test('a release with the fault "errors" fails about its share of requests, and stays healthy', async () => {
  await using shop = await startShop({ version: 'v3', fault: 'errors', share: 0.5 })
  const answers = await statuses(shop, '/products', 200)
  const failed = answers.filter((status) => status === 500).length
  // Ten standard deviations on either side.
  expect(failed).toBeGreaterThan(30)
  expect(failed).toBeLessThan(170)
  expect(new Set(await statuses(shop, '/healthz', 100))).toEqual(new Set([200]))
})

test('a release with the fault "slow" answers all, and a few many times slower than most', async () => {
  await using shop = await startShop({ version: 'v4', fault: 'slow', factor: 10, workMs: 8 })
  const timed = async (): Promise<number> => {
    const begunMs = performance.now()
    expect(await statuses(shop, '/products', 1)).toEqual([200])
    return performance.now() - begunMs
  }
  const times: number[] = []
  for (let round = 0; round < 30; round += 1) times.push(...(await Promise.all(Array.from({ length: 10 }, timed))))
  times.sort((one, other) => one - other)
  expect(times.at(-1)).toBeGreaterThan(5 * (times[150] ?? 0))
}, 30_000)

test('a good release never fails', async () => {
  await using shop = await startShop({ version: 'v2' })
  expect(new Set(await statuses(shop, '/products', 300))).toEqual(new Set([200]))
})

test('health is 503 until the shop has started up, and for ever with the fault "neverReady"', async () => {
  await using shop = await startShop({ version: 'v5', fault: 'neverReady' }, false)
  expect((await fetch(`${shop.url}/healthz`)).status).toBe(503)
  await using good = await startShop({ version: 'v1' })
  expect((await fetch(`${good.url}/healthz`)).status).toBe(200)
})

test('on SIGTERM the shop finishes its streams, refuses new connections, and exits with 0', async () => {
  await using shop = await startShop({ version: 'v1' })
  const agent = new Agent({ keepAlive: true })
  const [stream] = (await once(get(`${shop.url}/stream`, { agent }), 'response')) as [IncomingMessage]
  shop.process.kill('SIGTERM')
  await expect
    .poll(() =>
      fetch(`${shop.url}/`).then(
        () => 'answered',
        () => 'refused',
      ),
    )
    .toBe('refused')
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  expect(text).toContain('event: end')
  const [code] = await shop.exited
  expect(code).toBe(0)
  agent.destroy()
})
