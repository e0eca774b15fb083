import { expect, test } from 'vitest'
import { healthPathIn } from './health-path.ts'

test.for([
  ["app.get('/health', ok)", '/health'],
  ['if (url === "/up") return ok()', '/up'],
  ['HEALTHCHECK CMD curl -f http://localhost:3000/ready', '/ready'],
  ['`/health?deep=1`', '/health'],
  ["get('/health'); get('/healthz')", '/healthz'],
] as const)('finds the one that a source mentions: %s', ([text, path]) => {
  expect(healthPathIn(['', text])).toBe(path)
})

test.for(['// the health of it', "'/healthy'", "'/upload'", "'/health/deep'", "'a/health'", '/healthz'])(
  'invents none: %s',
  (text) => {
    expect(healthPathIn([text])).toBeNull()
  },
)
