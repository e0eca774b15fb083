import { statusViewSchema } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { deployed, enter, startHttp } from './started-http.ts'

test('shows every environment with its newest rollout and the release that serves', async () => {
  await using http = await startHttp()
  await enter(http.store, (await deployed(http.client, 'one')).number, { phase: 'Succeeded' })
  await deployed(http.client, 'two')
  const response = await http.fetch('/v1/status')
  const status = statusViewSchema.parse(await response.json())
  expect(status).toMatchObject({
    server: { version: '0.1.0', url: 'http://127.0.0.1:7700' },
    edge: { url: 'http://127.0.0.1:8080', reachable: true, pid: 7 },
    environments: [
      { app: 'shop', environment: 'production', stable: 'v1', rollout: { id: 'r-2', release: 'v2', from: 'v1' } },
    ],
  })
})

test('a release that succeeded is the one that serves', async () => {
  await using http = await startHttp()
  const { number } = await deployed(http.client)
  const served = async () => (await http.client.status()).environments.map(({ stable }) => stable)
  expect(await served()).toEqual([null])
  await enter(http.store, number, { phase: 'Succeeded' })
  expect(await served()).toEqual(['v1'])
})

test('is answered while the edge is not reached, and says so', async () => {
  await using http = await startHttp({ edge: () => ({ url: 'http://127.0.0.1:8080', reachable: false, pid: null }) })
  expect(await http.client.status()).toMatchObject({ edge: { reachable: false, pid: null }, environments: [] })
})
