import { expect, test } from 'vitest'
import { parseProcfile } from './procfile.ts'

test('tells the process that takes requests from the others', () => {
  const text = 'release: npm run migrate\nweb: node server.js --fast\r\n# worker: old\nworker:node worker.js\n'
  expect(parseProcfile(text)).toEqual({ web: 'node server.js --fast', others: ['release', 'worker'] })
})

test('has nothing to say about an empty file', () => {
  expect(parseProcfile('\n')).toEqual({ web: null, others: [] })
})
