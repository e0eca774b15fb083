import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { run, userEnvironment } from './commands.ts'

const node = (code: string, limits: { readonly timeoutMs?: number; readonly graceMs?: number } = {}) =>
  run(process.execPath, ['-e', code], { cwd: tmpdir(), env: userEnvironment(), ...limits })

test('tells all that a command said, and its code', async () => {
  const answer = await node(
    `process.stdout.write('a'.repeat(200_000)); process.stderr.write('b'); process.exitCode = 3`,
  )
  expect(answer).toEqual({ code: 3, output: 'a'.repeat(200_000), errors: 'b' })
})

test('ends a command that takes too long', async () => {
  expect(await node('setInterval(() => {}, 1000)', { timeoutMs: 200 })).toMatchObject({ code: -1 })
})

test('tells of a program that a command left on its output', async () => {
  const leave = `require('child_process').spawn('sleep', ['1'], { detached: true, stdio: 'inherit' }).unref()`
  await expect(node(leave, { graceMs: 300 })).rejects.toThrow('holds its output')
})

test('a command that cannot be started is an error', async () => {
  await expect(run('no-such-program', [], { cwd: tmpdir(), env: { PATH: '' } })).rejects.toThrow('ENOENT')
})

test('nothing of npm is in the environment of a user', () => {
  const env = userEnvironment({ OWN: '1' })
  expect(env['PATH']).not.toContain('node_modules/.bin')
  expect(Object.keys(env).filter((name) => name.startsWith('npm_'))).toEqual([])
  expect(env['OWN']).toBe('1')
})
