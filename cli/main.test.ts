import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startContractServer } from './contract-server.ts'
import { testPlace } from './test-place.ts'

const file = (...lines: readonly string[]): string => `${lines.join('\n')}\n`

const valid = file(
  'version: 1',
  'app: greeter',
  'run: { command: node greet.mjs, health: { path: /healthz } }',
  'environments: { staging: {}, production: {} }',
)

test('validates a file, in its folder and below', async () => {
  await using place = testPlace({ 'humdrum.yaml': valid, 'src/x': '' })
  const words = 'humdrum.yaml is valid: app greeter, environments staging, production\n'
  expect(await place.run('validate')).toEqual({ code: 0, out: words, err: '' })
  expect(await place.run('validate', { cwd: `${place.folder.path}/src` })).toMatchObject({
    code: 0,
    out: `../${words}`,
  })
})

test('says where a file is wrong, and what was meant', async () => {
  await using place = testPlace({ 'humdrum.yaml': valid.replace('environments', 'enviroments') })
  const { code, out, err } = await place.run('validate')
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(
    /^humdrum\.yaml:4:1 {2}unknown key "enviroments" {2}\[HD2003\]\n {2}did you mean "environments"\?/m,
  )
})

test('says that the file is missing', async () => {
  await using place = testPlace()
  const { code, err } = await place.run('validate')
  expect(code).toBe(2)
  expect(err).toContain(`humdrum.yaml is missing: neither in ${place.folder.path} nor above it  [HD2001]\n  write one:`)
})

test('prints the schema that lies beside the sources', async () => {
  await using place = testPlace()
  const schema = readFileSync(fileURLToPath(new URL('../humdrum.schema.json', import.meta.url)), 'utf8')
  expect(await place.run('schema')).toEqual({ code: 0, out: schema, err: '' })
})

test('prints help when it is asked for nothing', async () => {
  await using place = testPlace()
  const answer = await place.start([]).answer
  expect(answer).toMatchObject({ code: 0, err: '' })
  expect(answer.out).toMatch(/^Usage: humdrum COMMAND/)
})

test.for([
  ['depoly', "wrong usage: unknown command 'depoly'  [HD1002]\n  did you mean deploy?   (humdrum help)\n"],
  [
    'status --wacth',
    "wrong usage: unknown option '--wacth'  [HD1002]\n  did you mean --watch?   (humdrum status --help)\n",
  ],
] as const)('refuses what it does not know with 2: %s', async ([line, err]) => {
  await using place = testPlace()
  expect(await place.run(line)).toEqual({ code: 2, out: '', err })
})

test.for(['status', 'logs', 'abort', 'rollback', 'deploy production'])(
  'says how to start a server: %s',
  async (line) => {
    await using place = testPlace({ 'humdrum.yaml': valid })
    const { code, err } = await place.run(line)
    expect(code).toBe(1)
    expect(err).toBe(`no server answers: none was started with the home ${place.home}  [HD1101]\n  humdrum up\n`)
  },
)

test('says where a failure came from only when it is asked to', async () => {
  await using server = await startContractServer({})
  await server.die()
  await using place = testPlace()
  const env = { HUMDRUM_URL: server.url, HUMDRUM_TOKEN: 'secret' }
  const quiet = await place.run('status', { env })
  expect(quiet.err).toBe(
    `no server answers: at ${server.url}  [HD1101]\n  check HUMDRUM_URL, and whether the server there runs\n`,
  )
  const { code, err } = await place.run('status', { env: { ...env, HUMDRUM_DEBUG: '1' } })
  expect(code).toBe(1)
  expect(err).toMatch(/because of .*ECONNREFUSED/)
  expect(err).not.toContain('secret')
})

test('says that two versions do not understand each other', async () => {
  await using server = await startContractServer({ 'GET /v1/status': (response) => response.end('{"server":{}}') })
  await using place = testPlace()
  const { code, err } = await place.run('status', { env: { HUMDRUM_URL: server.url, HUMDRUM_TOKEN: 'secret' } })
  expect(code).toBe(1)
  expect(err).toContain('[HD1103]\n  check that a Humdrum answers there')
})

test('ends in one line of JSON where a machine reads, also when it fails', async () => {
  await using place = testPlace()
  const { code, out, err } = await place.run('status --json')
  expect(err).toContain('[HD1101]')
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'HD1101', next: 'humdrum up' }, exit: code })
})

test('is content when a reader has enough', async () => {
  const humdrum = fileURLToPath(new URL('./bin/humdrum.js', import.meta.url))
  // The pipe is closed before anything is written to it.
  const line = `{ ${process.execPath} ${humdrum} schema; echo "ended with $?" >&2; } | true`
  const { stderr } = await promisify(execFile)('sh', ['-c', line])
  expect(stderr).toBe('ended with 0\n')
})

test('says so when the folder of the shell is gone', async () => {
  await using place = testPlace({ 'gone/x': '' })
  const { folder } = place
  const words = [process.execPath, fileURLToPath(new URL('./main.ts', import.meta.url)), 'status']
  const script = `cd '${folder.path}/gone' && rm -r '${folder.path}/gone' && exec "$@"`
  const answer = await promisify(execFile)('sh', ['-c', script, 'sh', ...words]).catch((cause: unknown) => cause)
  expect(answer).toMatchObject({
    code: 2,
    stderr:
      'wrong usage: the folder that this shell stands in was removed  [HD1002]\n  cd to one that is there, and run it again\n',
  })
})
