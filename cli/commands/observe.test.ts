import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { observe } from './observe.ts'

test.each([
  ['none', {}],
  ['one alone', { candidate: 'v3' }],
  ['one and itself', { candidate: 'v3', stable: 'v3' }],
])('two releases are compared: %s is refused before a server is asked', async (_, options) => {
  const connect = (): never => {
    throw new Error('a server was asked')
  }
  const invocation = { terminal: capturedTerminal(), cwd: '/', variables: {}, home: undefined, connect }
  await expect(observe(invocation, undefined, options)).rejects.toMatchObject({
    fault: { code: 'HD1002', reason: 'it takes two releases to compare' },
  })
})
