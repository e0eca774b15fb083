import { expect, test } from 'vitest'
import { startContractServer } from './contract-server.ts'
import { findRunningServer } from './running-server.ts'
import { temporaryFolder } from './temporary-folder.ts'

const homeOf = (url: string) => temporaryFolder({ 'cli.json': JSON.stringify({ url, token: 'secret', pid: 7 }) })

test('finds the server that answers under the address of the home', async () => {
  await using server = await startContractServer({ 'GET /livez': (response) => response.end('ok') })
  using home = homeOf(server.url)
  expect(await findRunningServer(home.path)).toEqual({ url: server.url, token: 'secret', pid: 7 })
})

test('tells a server that lives from one that is ready', async () => {
  await using server = await startContractServer({
    'GET /livez': (response) => response.end('ok'),
    'GET /readyz': (response) => response.writeHead(503).end(),
  })
  using home = homeOf(server.url)
  expect(await findRunningServer(home.path, 'readyz')).toBeNull()
})

test('takes somebody else under that address for nobody', async () => {
  await using server = await startContractServer({ 'GET /livez': (response) => response.writeHead(401).end() })
  using home = homeOf(server.url)
  expect(await findRunningServer(home.path)).toBeNull()
})

test('finds nobody where nobody listens, and where nobody ever was', async () => {
  const server = await startContractServer({})
  await server.die()
  using home = homeOf(server.url)
  expect(await findRunningServer(home.path)).toBeNull()
  using empty = temporaryFolder()
  expect(await findRunningServer(empty.path)).toBeNull()
})
