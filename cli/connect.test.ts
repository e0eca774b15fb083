import type { Fault } from '@humdrum/core/errors.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { expect, test } from 'vitest'
import { findConnection } from './connect.ts'
import type { Variables } from './home.ts'
import { temporaryFolder } from './temporary-folder.ts'

const here = { 'cli.json': JSON.stringify({ url: 'http://127.0.0.1:7700', token: 'of the home', pid: 7 }) }
const remote = { HUMDRUM_URL: 'https://humdrum.example', HUMDRUM_TOKEN: 'of the variable' }

const refusal = (home: string | undefined, variables: Variables): Fault => {
  try {
    findConnection({ home, variables })
  } catch (cause) {
    if (cause instanceof FaultError) return cause.fault
    throw cause
  }
  throw new Error('it was not refused')
}

test('takes the server of the home, under the name of who asks', () => {
  using folder = temporaryFolder(here)
  const connection = findConnection({ home: undefined, variables: { HUMDRUM_HOME: folder.path } })
  expect(connection).toMatchObject({ url: 'http://127.0.0.1:7700', token: 'of the home' })
  expect(connection.actor).not.toBe('')
  const named = findConnection({ home: folder.path, variables: {} })
  expect(named).toMatchObject({ next: `humdrum up --home ${folder.path}` })
  expect(named.look).toContain(`humdrum doctor --home ${folder.path}`)
})

test('takes a server elsewhere by its variables', () => {
  using folder = temporaryFolder(here)
  const variables = { ...remote, HUMDRUM_HOME: folder.path }
  expect(findConnection({ home: undefined, variables })).toMatchObject({
    url: 'https://humdrum.example',
    token: 'of the variable',
  })
})

test('prefers a home that is named on the command line to what the environment says', () => {
  using folder = temporaryFolder(here)
  expect(findConnection({ home: folder.path, variables: remote })).toMatchObject({ token: 'of the home' })
})

test('says how to start a server where none was', () => {
  using folder = temporaryFolder()
  expect(refusal(folder.path, {})).toEqual({
    code: 'HD1101',
    reason: `none was started with the home ${folder.path}`,
    next: `humdrum up --home ${folder.path}`,
  })
})

test('wants both variables, and an address that is one', () => {
  expect(refusal(undefined, { HUMDRUM_URL: 'https://humdrum.example' })).toMatchObject({ code: 'HD1002' })
  for (const url of ['humdrum.example', 'ftp://humdrum.example', 'http://']) {
    const fault = refusal(undefined, { HUMDRUM_URL: url, HUMDRUM_TOKEN: 'secret' })
    expect(fault).toMatchObject({ code: 'HD1002', reason: 'HUMDRUM_URL is not the address of a server' })
    expect(JSON.stringify(fault)).not.toContain('secret')
  }
  const fault = refusal(undefined, { HUMDRUM_URL: 'https://ada:hush@humdrum.example', HUMDRUM_TOKEN: 'secret' })
  expect(fault).toMatchObject({ code: 'HD1002', reason: 'HUMDRUM_URL holds a name or a password' })
})
