import { homedir } from 'node:os'
import { FaultError } from '@humdrum/core/errors.ts'
import { expect, test } from 'vitest'
import { commandOn, homeOf, localHome, readHomeServer } from './home.ts'
import { temporaryFolder } from './temporary-folder.ts'

const server = { url: 'http://127.0.0.1:7700', token: 'secret', pid: 7 }

test('takes the home of the command line, else of the variable, else of the person', () => {
  expect(homeOf('/a', { HUMDRUM_HOME: '/b' })).toBe('/a')
  expect(homeOf(undefined, { HUMDRUM_HOME: '/b' })).toBe('/b')
  expect(homeOf(undefined, { HUMDRUM_HOME: '' })).toBe(`${homedir()}/.humdrum`)
})

test('starts and ends no server of this machine where the variables mean one elsewhere, unless a home is named', () => {
  const elsewhere = { HUMDRUM_URL: 'https://humdrum.example', HUMDRUM_HOME: '/b' }
  expect(() => localHome(undefined, elsewhere)).toThrow(/HUMDRUM_URL is set/)
  expect(localHome('/a', elsewhere)).toBe('/a')
  expect(localHome(undefined, { HUMDRUM_HOME: '/b' })).toBe('/b')
})

test('writes commands for the same home', () => {
  expect(commandOn(undefined, 'up')).toBe('humdrum up')
  expect(commandOn('/srv/h', 'up')).toBe('humdrum up --home /srv/h')
  expect(commandOn("/srv/ada's h", 'up')).toBe(`humdrum up --home '/srv/ada'\\''s h'`)
})

test('reads the address and the token that a server left', () => {
  using folder = temporaryFolder({ 'cli.json': JSON.stringify(server) })
  expect(readHomeServer(folder.path)).toEqual(server)
})

test.for([
  '',
  '{"url":',
  'null',
  '[]',
  '{"url":"http://x"}',
  '{"url":1,"token":"t","pid":7}',
  '{"url":"x","token":"t","pid":7}',
])('takes a file that is none of a server for no server: %s', (content) => {
  using folder = temporaryFolder({ 'cli.json': content })
  expect(readHomeServer(folder.path)).toBeNull()
})

test('finds no server where there is no home', () => {
  using folder = temporaryFolder({ file: '' })
  expect(readHomeServer(`${folder.path}/none`)).toBeNull()
  expect(readHomeServer(`${folder.path}/file`)).toBeNull()
})

test('says which file cannot be read', () => {
  using folder = temporaryFolder({ 'cli.json/x': '' }) // a folder in its place: root reads every file
  const refused = expect(() => readHomeServer(folder.path))
  refused.toThrow(FaultError)
  refused.toThrow(/the home folder cannot be used: .*cli\.json/)
})
