import { expect, test } from 'vitest'
import { parseManifest } from './manifest.ts'
import { parseProcfile } from './procfile.ts'
import { namesPort, startCommandOf } from './start-command.ts'
import type { Survey } from './survey.ts'

const nothing: Survey = {
  ...{ folderName: 'shop', manifest: null, procfile: null, dockerfile: null, files: [], folders: [], programs: [] },
  ...{ healthPath: null, mentionsPort: false },
}

const started = (scripts: object, given: Partial<Survey> = {}): string | undefined =>
  startCommandOf({ ...nothing, manifest: parseManifest(JSON.stringify({ scripts })), ...given })?.line

test('starts a program without npm in between, so that signals reach it', () => {
  expect(started({ start: 'node --enable-source-maps server.js' })).toBe('node --enable-source-maps server.js')
  expect(started({ start: 'serve public' }, { programs: ['serve'] })).toBe('node_modules/.bin/serve public')
})

test('leaves to npm what is more than that', () => {
  expect(started({ start: 'serve public' })).toBe('npm start')
  expect(started({ start: 'node server.js', prestart: 'make' })).toBe('npm start')
  expect(started({ start: 'node a.js & serve b' })).toBe('npm start')
  expect(started({ start: 'NODE_ENV=production node server.js' })).toBe('npm start')
})

test('takes the most deliberate word first', () => {
  const manifest = parseManifest('{"main":"./app.js","scripts":{"start":"node start.js"}}')
  const procfile = parseProcfile('web: node web.js')
  const dockerfile = { command: 'node docker.js', ports: [], variables: [] }
  const files = ['app.js', 'server.js']
  expect(startCommandOf({ ...nothing, manifest, procfile, dockerfile, files })?.line).toBe('node web.js')
  expect(startCommandOf({ ...nothing, manifest, dockerfile, files })?.line).toBe('node start.js')
  const silent = parseManifest('{"main":"./app.js"}')
  expect(startCommandOf({ ...nothing, manifest: silent, dockerfile, files })?.line).toBe('node app.js')
  expect(startCommandOf({ ...nothing, dockerfile, files })?.line).toBe('node server.js')
  expect(startCommandOf({ ...nothing, dockerfile })?.line).toBe('node docker.js')
  expect(startCommandOf({ ...nothing, manifest: silent })).toBeNull()
})

test('a line that no system could start is none', () => {
  expect(startCommandOf({ ...nothing, procfile: { web: 'node \0', others: [] } })).toBeNull()
})

test('sees a port that a line names itself', () => {
  const lines = ['x --port 3000', 'x --port=3000', 'x -p 80', 'x -p80', 'PORT=3000 x']
  expect(lines.filter(namesPort)).toEqual(lines)
  expect(['x --port $PORT', 'x -p "$PORT"', 'x --proxy 8'].filter(namesPort)).toEqual([])
})
