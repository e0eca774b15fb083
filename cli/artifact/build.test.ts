import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { runBuild } from './build.ts'

test('runs the line in a shell in the folder of the app', async () => {
  using folder = temporaryFolder()
  expect(await runBuild('mkdir dist && pwd > dist/where', folder.path)).toBeGreaterThan(0)
  expect(readFileSync(`${folder.path}/dist/where`, 'utf8')).toBe(`${folder.path}\n`)
})

test.for([
  ['exit 3', 'ended with exit code 3'],
  ['kill -TERM $$', 'was ended by SIGTERM'],
] as const)('says how a build failed: %s', async ([line, words]) => {
  using folder = temporaryFolder()
  await expect(runBuild(line, folder.path)).rejects.toThrow(`the build failed: "${line}" ${words}`)
})

test('says that a build could not be started', async () => {
  using folder = temporaryFolder()
  await expect(runBuild('true', `${folder.path}/none`)).rejects.toThrow('the build failed: "true" could not be started')
})

test('keeps the key to the server from the build, and nothing else', async () => {
  using folder = temporaryFolder()
  const before = { ...process.env }
  Object.assign(process.env, { HUMDRUM_TOKEN: 'secret', HUMDRUM_URL: 'http://server' })
  try {
    await runBuild('echo "${HUMDRUM_TOKEN-none} $HUMDRUM_URL" > seen', folder.path)
  } finally {
    process.env = before
  }
  expect(readFileSync(`${folder.path}/seen`, 'utf8')).toBe('none http://server\n')
})
