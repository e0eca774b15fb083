import { existsSync, readFileSync, statSync } from 'node:fs'
import process from 'node:process'
import { expect, test } from 'vitest'
import { capturedTerminal } from './captured-terminal.ts'
import { startContractServer } from './contract-server.ts'
import { waitUntilGone } from './process-gone.ts'
import { startDetached } from './start-detached.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Starts a program in the place of the server; `home` is where it lies as well. */
const start = (home: string, program: string, patienceMs = 10_000) => {
  const terminal = capturedTerminal()
  const invocation = { terminal, cwd: home, variables: {}, home }
  const result = startDetached(invocation, { home, patienceMs, command: [process.execPath, '-e', program] })
  return { terminal, result }
}

/** Serves on the home as far as anybody asks here, and lives no longer than the test may take. */
const serving = `
  const { writeFileSync } = require('node:fs')
  const server = require('node:http').createServer((request, response) => {
    const known = request.headers.authorization === 'Bearer secret'
    response.statusCode = known && request.url === '/readyz' ? 200 : 401
    response.end()
  })
  server.listen(0, '127.0.0.1', () => {
    const url = 'http://127.0.0.1:' + server.address().port
    writeFileSync('cli.json', JSON.stringify({ url, token: 'secret', pid: process.pid }))
    writeFileSync('session', require('node:child_process').execSync('ps -o sid= -p ' + process.pid))
    console.log('humdrum serves on ' + url + '\\n  the edge went on\\nand goes on with a rollout')
  })
  setTimeout(() => process.exit(), 20_000)
`

const serverPid = (home: string): number => JSON.parse(readFileSync(`${home}/cli.json`, 'utf8')).pid

test('returns when the server is ready, and leaves it in a session of its own', async () => {
  using folder = temporaryFolder()
  const { terminal, result } = start(folder.path, serving)
  expect(await result).toBe(0)
  const pid = serverPid(folder.path)
  try {
    expect(readFileSync(`${folder.path}/session`, 'utf8').trim()).toBe(String(pid))
    expect(terminal.written()).toMatch(
      /^humdrum serves on http.*\n {2}the edge went on\n {2}what it says {5}.*server\.log\n {2}stop everything {2}humdrum down --home .*\n$/,
    )
    expect(statSync(`${folder.path}/server.log`).mode & 0o777).toBe(0o600)
  } finally {
    process.kill(pid, 'SIGKILL')
  }
})

test('says where to look when another server holds the home, and that once', async () => {
  using folder = temporaryFolder()
  const { terminal, result } = start(
    folder.path,
    `console.error('a server runs on this home already: h  [HD1104]\\n  humdrum status'); process.exit(1)`,
  )
  const next = expect.stringContaining(`humdrum doctor --home ${folder.path}`)
  await expect(result).rejects.toMatchObject({ fault: { code: 'HD1104', next } })
  expect(terminal.complained()).toBe('')
})

test('shows why a server refuses to start, and nothing of the starts before', async () => {
  using folder = temporaryFolder({ 'server.log': 'an older start  [HD1106]\n' })
  const { terminal, result } = start(
    folder.path,
    `console.error('the port is in use: 7700  [HD1105]'); process.exit(1)`,
  )
  expect(await result).toBe(1)
  expect(terminal.complained()).toBe('the port is in use: 7700  [HD1105]\n')
})

test.for([
  [`process.exit(7)`, 'it ended at once: it said nothing'],
  [`throw new Error('broken')`, /it ended at once: .*Error: broken/s],
] as const)('names the log of a server that broke: %s', async ([program, reason]) => {
  using folder = temporaryFolder()
  await expect(start(folder.path, program).result).rejects.toMatchObject({
    fault: { code: 'HD1108', reason: expect.stringMatching(reason), next: `read ${folder.path}/server.log` },
  })
})

test('ends a server that does not become ready in time, and takes no other for it', async () => {
  await using other = await startContractServer({ 'GET /readyz': (response) => response.end('ok') })
  using folder = temporaryFolder({ 'cli.json': JSON.stringify({ url: other.url, token: 'secret', pid: 1 }) })
  const waiting = `require('node:fs').writeFileSync('pid', String(process.pid)); console.log('waiting'); setTimeout(() => {}, 20_000)`
  const { result } = start(folder.path, waiting, 1_000)
  await expect(result).rejects.toMatchObject({
    fault: { code: 'HD1108', reason: 'it was not ready in time and was stopped: waiting' },
  })
  expect(await waitUntilGone(Number(readFileSync(`${folder.path}/pid`, 'utf8')), 5_000)).toBe(true)
})

test('says that a home cannot be used', async () => {
  using folder = temporaryFolder({ file: '' })
  await expect(start(`${folder.path}/file`, '').result).rejects.toMatchObject({ fault: { code: 'HD1106' } })
  expect(existsSync(`${folder.path}/file/server.log`)).toBe(false)
})
