// Environments that another deployer exposes: what their file may leave out, and what it may not have.
import { expect, test } from 'vitest'
import { parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'

const file = (rollout: string, more = ''): string =>
  `version: 1\napp: shop\n${more}environments:\n  production:\n    metrics: { url: "http://127.0.0.1:9090" }\n    rollout: { strategy: observe, ${rollout} }\n`
const failures =
  'analysis: { metrics: [{ metric: custom, name: failures, worse: higher, hits: "f{v=\\"{{release}}\\"}", total: "t{v=\\"{{release}}\\"}" }] }'

const said = (text: string): string => {
  const parsed = parseConfig(text, 'y')
  return parsed.ok ? 'valid' : parsed.problems.map(renderProblem).join('\n')
}

test('an app that is only observed has nothing to run', () => {
  const parsed = parseConfig(file(failures), 'y')
  if (!parsed.ok) expect.fail(said(file(failures)))
  expect(parsed.config).toMatchObject({ run: null, environments: {} })
  expect(parsed.config.observed['production']).toMatchObject({
    ...{ name: 'production', source: { url: 'http://127.0.0.1:9090' } },
    analysis: { metrics: [{ name: 'failures', kind: 'custom' }], alpha: 10_000 },
  })
})

test('one with an environment of its own besides must say how that is run', () => {
  const both = `${file(failures)}  staging: {}\n`
  expect(said(both)).toBe('y:1:1  run is missing  [HD2003]\n  such as run: { command: node server.js }')
  expect(said(both.replace('environments:', 'run: { command: x }\nenvironments:'))).toBe('valid')
})

test('what the edge judges cannot be observed, for it stands nowhere', () => {
  expect(said(file(''))).toMatchInlineSnapshot(`
    "y:6:14  environments.production.rollout.analysis.metrics must all be of a source where it observes, not errors and latency  [HD2003]
      such as metrics: [{ metric: custom, name: failures, worse: higher, hits: …, total: … }]"
  `)
  expect(said(file(`steps: [{ setWeight: 5% }], ${failures}`))).toMatchInlineSnapshot(`
    "y:6:42  environments.production.rollout.steps are for the strategy canary  [HD2003]
      leave them out with observe, or write strategy: canary"
  `)
  expect(said(file(failures).replace('    metrics: { url: "http://127.0.0.1:9090" }\n', ''))).toMatchInlineSnapshot(`
    "y:5:57  environments.production.rollout.analysis.metrics[0] needs a source, and the environment has none  [HD2003]
      write beside rollout: metrics: { kind: prometheus, url: http://127.0.0.1:9090 }"
  `)
})
