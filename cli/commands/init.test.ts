import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { init } from './init.ts'

/** What is said, and what the file means. */
const written = (cwd: string, given?: string) => {
  const terminal = capturedTerminal()
  init({ terminal, cwd, variables: {}, home: undefined }, given, {})
  const text = readFileSync(join(cwd, given ?? '.', 'humdrum.yaml'), 'utf8')
  const parsed = parseConfig(text, 'humdrum.yaml')
  return { said: terminal.written(), text, config: parsed.ok ? parsed.config : null }
}

test('writes what it finds in the folder of a small server, and what to check', () => {
  using folder = temporaryFolder({
    'app/package.json': '{"name":"@acme/Shop","scripts":{"start":"node src/main.js"},"dependencies":{"fastify":"5"}}',
    'app/src/main.js': "app.get('/health', ok); app.listen(process.env.PORT)",
    'app/test/main.test.js': "fetch('/healthz')",
    'app/node_modules/fastify/index.js': "get('/healthz')",
    'app/.env': 'SECRET=1',
  })
  const { said, config, text } = written(folder.path, 'app')
  expect(config).toMatchObject({
    app: 'shop',
    build: null,
    ignore: ['.env'],
    run: { command: 'node src/main.js', health: { path: '/health' } },
  })
  expect(text).toContain('node_modules does')
  expect(said).toBe(
    'wrote app/humdrum.yaml: app shop\n' +
      '  found       package.json\n' +
      '              node src/main.js, from `scripts.start` of package.json\n' +
      '  next        humdrum up --detach, then humdrum deploy\n',
  )
})

test('writes a skeleton with one line to fill in where it finds nothing', () => {
  using folder = temporaryFolder()
  const { config, text, said } = written(folder.path)
  expect(config?.run?.command).toBe('node server.js')
  expect(text.match(/FILL IN/g)).toHaveLength(1)
  expect(said).toContain('check       run.command: nothing here says how the app starts')
})

test('never touches a file that is there, nor anything else', () => {
  using folder = temporaryFolder({ 'humdrum.yaml': 'mine' })
  expect(() => written(folder.path)).toThrow('humdrum.yaml is there already: humdrum.yaml')
  expect(readFileSync(join(folder.path, 'humdrum.yaml'), 'utf8')).toBe('mine')
  expect(readdirSync(folder.path)).toEqual(['humdrum.yaml'])
})

test('writes through no link', () => {
  using folder = temporaryFolder({ 'app/x': '' })
  symlinkSync('../elsewhere', join(folder.path, 'app/humdrum.yaml'))
  expect(() => written(folder.path, 'app')).toThrow('humdrum.yaml is there already')
  expect(readdirSync(folder.path)).toEqual(['app'])
})

test('says that there is no such folder', () => {
  using folder = temporaryFolder()
  expect(() => written(folder.path, 'nosuch')).toThrow(
    'humdrum.yaml cannot be written: nosuch/humdrum.yaml: there is no such folder',
  )
})
