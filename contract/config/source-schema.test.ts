// What may be written of a source, and what is said of what may not.
import { expect, test } from 'vitest'
import { parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'

const shop = (environment: string) =>
  parseConfig(
    `version: 1\napp: shop\nrun: { command: node server.js }\nenvironments:\n  production: ${environment}\n`,
    'y',
  )
const source = (written: string) => shop(`{ metrics: ${written} }`)

const token = '$' + '{env:PROMETHEUS_TOKEN}'

const sourceIn = (written: string) => {
  const parsed = source(written)
  return parsed.ok ? parsed.config.environments['production']?.metrics : parsed.problems.map(renderProblem)
}

test('takes every default, and every key', () => {
  expect(sourceIn('{ url: http://127.0.0.1:9090 }')).toEqual({
    ...{ kind: 'prometheus', url: 'http://127.0.0.1:9090', token: null, intervalMs: 10_000 },
  })
  expect(sourceIn(`{ kind: prometheus, url: "https://prom.example/p", token: "${token}", interval: 30s }`)).toEqual({
    ...{ kind: 'prometheus', url: 'https://prom.example/p', token, intervalMs: 30_000 },
  })
  const none = shop('{}')
  expect(none.ok && none.config.environments['production']?.metrics).toBeNull()
})

const at = 'environments.production.metrics'
test.for([
  ['{}', `y:5:26  ${at}.url is missing  [HD2003]\n  such as url: http://127.0.0.1:9090`],
  ['', `y:5:17  ${at} is empty  [HD2003]\n  such as metrics: { kind: prometheus, url: http://127.0.0.1:9090 }`],
  [
    '{ url: "127.0.0.1:9090" }',
    `y:5:33  ${at}.url must be an address with http or https, not "127.0.0.1:9090"  [HD2003]\n  such as http://127.0.0.1:9090`,
  ],
  [
    '{ url: "http://ada:secret@h" }',
    `y:5:33  ${at}.url must not hold a name and a password  [HD2003]\n  write token: ${token}`,
  ],
  [
    '{ url: "http://h/?a=b" }',
    `y:5:33  ${at}.url must end with its path  [HD2003]\n  leave out what begins with ? or #`,
  ],
  [
    '{ url: "http://h", token: glsa_secret }',
    `y:5:52  ${at}.token must be taken from a variable of the server  [HD2003]\n  write token: $` +
      '{env:PROMETHEUS_TOKEN}',
  ],
  [
    '{ url: "http://h", token: "${env:}" }',
    `y:5:52  ${at}.token has a reference that is not of the form ${token}  [HD2003]\n  a name is letters, digits and _, and does not begin with a digit`,
  ],
  [
    '{ url: "http://h", interval: 10 }',
    `y:5:55  ${at}.interval must be a duration with its unit, not 10  [HD2003]\n  write 10s`,
  ],
  ['{ url: "http://h", interval: 10m }', `y:5:55  ${at}.interval must be at most 5m  [HD2003]`],
  ['{ url: "http://h", kind: graphite }', `y:5:51  ${at}.kind must be prometheus, not "graphite"  [HD2003]`],
  [
    '{ url: "http://h", intervall: 10s }',
    `y:5:45  unknown key "intervall" in ${at}  [HD2003]\n  did you mean "interval"?  (valid here: kind, url, token, interval)`,
  ],
] as const)('%s is refused', ([written, problem]) => {
  expect(sourceIn(written)).toEqual([problem])
})

const conversion = 'hits: "a{v=~`{{release}}`}", total: "b{v=~`{{release}}`}"'

test('a metric that nobody could be asked for is refused', () => {
  const parsed = shop(
    `{ rollout: { analysis: { metrics: [{ metric: errors }, { metric: conversion, ${conversion} }] } } }`,
  )
  expect(parsed.ok || parsed.problems.map(renderProblem)).toEqual([
    'y:5:70  environments.production.rollout.analysis.metrics[1] needs a source, and the environment has none  [HD2003]\n  write beside rollout: metrics: { kind: prometheus, url: http://127.0.0.1:9090 }',
  ])
  const restarts = shop('{ rollout: { analysis: { metrics: [{ metric: errors }, { metric: restarts }] } } }')
  expect(restarts.ok).toBe(true)
})

test('a query that could not tell two releases apart is refused, with its place', () => {
  const metrics = '[{ metric: errors }, { metric: conversion, hits: "a{v=\'v1\'}", total: "sum(b{v=\'{{relase}}\'})" }]'
  const parsed = shop(`{ metrics: { url: "http://h" }, rollout: { analysis: { metrics: ${metrics} } } }`)
  expect(parsed.ok || parsed.problems.map(({ message, hint }) => `${message}\n${hint}`)).toEqual([
    'environments.production.rollout.analysis.metrics[1].hits names no {{release}} as the value of a label, so it could not tell the candidate from stable\nwrite the label that holds the version, such as http_requests_total{version="{{release}}"}',
    'environments.production.rollout.analysis.metrics[1].total has an unknown name {{relase}}\ndid you mean {{release}}? it is the only one',
  ])
})
