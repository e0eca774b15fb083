import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import process from 'node:process'
import { expect, test } from 'vitest'
import { holderOf, listeningInodes } from './listeners.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1E14 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:1E14 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1
   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 333 1 0 100 0 0 10 0
`

test('reads who listens from the table of sockets, not who is connected', () => {
  expect(listeningInodes(table, 7_700)).toEqual(['111'])
  expect(listeningInodes(table, 8_080)).toEqual(['333'])
  expect(listeningInodes(table, 81)).toEqual([])
  expect(listeningInodes('', 81)).toEqual([])
})

test('names the process that holds a port, and nobody once it is free', async () => {
  const code = 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })'
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [said] = await once(child.stdout, 'data')
  const port = Number(String(said))
  try {
    expect(await holderOf(port)).toEqual({ pid: child.pid, command: expect.stringContaining(' -e req') })
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  expect(await holderOf(port)).toBeNull()
})

test('finds one that listens on every address, of both families', async () => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  expect(await holderOf((server.address() as AddressInfo).port)).toMatchObject({ pid: process.pid })
  server.close()
})
