// Wrong files and what a terminal shows of them: one picture per kind of mistake.
import { expect, test } from 'vitest'
import { parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'

// Written in parts, so that the lint rule against forgotten template strings keeps watch.
const reference = (name: string): string => `$${'{env:'}${name}}`

const head = 'version: 1\napp: shop\n'
const run = 'run: { command: node server.js }\n'
const environments = 'environments: { production: {} }\n'
const least = `${head}${run}${environments}`
/** A file whose one environment has this under `rollout:`, from line 7, column 7 on. */
const rollout = (lines: string): string =>
  `${head}${run}environments:\n  production:\n    rollout:\n${lines.replaceAll(/^/gm, '      ')}\n`
const inside = (section: string, lines: string): string => `${head}${section}:\n${lines.replaceAll(/^/gm, '  ')}\n`

/** What a terminal shows of a wrong file. */
const shownFor = (text: string): string => {
  const parsed = parseConfig(text, 'humdrum.yaml')
  return parsed.ok ? 'no problem' : parsed.problems.map(renderProblem).join('\n')
}

test('says what to write into an empty file', () => {
  expect(shownFor('# nothing yet\n')).toMatchInlineSnapshot(`
    "humdrum.yaml:1:1  the file is empty  [HD2003]
      write version: 1 and go on from there: docs/humdrum-yaml.md shows a whole file"
  `)
})

test('wants a mapping at the top', () => {
  expect(shownFor('- version: 1\n- app: shop\n')).toMatchInlineSnapshot(
    `"humdrum.yaml:1:1  the file must be a mapping (key: value), not a list  [HD2003]"`,
  )
})

test('lists everything that is missing', () => {
  expect(shownFor('{}')).toMatchInlineSnapshot(`
    "humdrum.yaml:1:1  version is missing  [HD2003]
      write version: 1 as the first line
    humdrum.yaml:1:1  app is missing  [HD2003]
      such as app: shop
    humdrum.yaml:1:1  environments is missing  [HD2003]
      such as environments: { production: {} }
    humdrum.yaml:1:1  run is missing  [HD2003]
      such as run: { command: node server.js }"
  `)
})

test('names the key that was meant', () => {
  expect(
    shownFor(`${head}${run}enviroments: { production: {} }\nbuidl: { run: make, output: out }\n`),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:1:1  environments is missing  [HD2003]
      such as environments: { production: {} }
    humdrum.yaml:4:1  unknown key "enviroments"  [HD2003]
      did you mean "environments"?  (valid here: version, app, build, ignore, run, environments)
    humdrum.yaml:5:1  unknown key "buidl"  [HD2003]
      did you mean "build"?  (valid here: version, app, build, ignore, run, environments)"
  `)
})

test('names the valid keys where none is close', () => {
  expect(shownFor(inside('run', 'command: x\nreplicas: 3') + environments)).toMatchInlineSnapshot(`
    "humdrum.yaml:5:3  unknown key "replicas" in run  [HD2003]
      valid here: command, env, health, stop"
  `)
})

test('knows later forms of the file', () => {
  expect(shownFor(`${least.replace('version: 1', 'version: 2')}apps: []\n`)).toMatchInlineSnapshot(`
    "humdrum.yaml:1:10  version must be 1, the only form of this file that this Humdrum knows, not 2  [HD2003]
    humdrum.yaml:5:1  unknown key "apps"  [HD2003]
      did you mean "app"?  (valid here: version, app, build, ignore, run, environments)"
  `)
})

test('wants versions as numbers', () => {
  expect(shownFor(least.replace('version: 1', 'version: "1"'))).toMatchInlineSnapshot(
    `"humdrum.yaml:1:10  version must be 1, the only form of this file that this Humdrum knows, not "1"  [HD2003]"`,
  )
})

test('asks for a unit', () => {
  expect(
    shownFor(
      rollout(
        'stepBudget: 30\nbake: { for: 1800, holdback: 5 }\nanalysis: { alpha: 0.01, minExposure: { time: 90sec } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:7:19  environments.production.rollout.stepBudget must be a duration with its unit, not 30  [HD2003]
      write 30s
    humdrum.yaml:8:20  environments.production.rollout.bake.for must be a duration with its unit, not 1800  [HD2003]
      write 1800s
    humdrum.yaml:8:36  environments.production.rollout.bake.holdback must be a percentage with its sign, not 5  [HD2003]
      write 5%
    humdrum.yaml:9:26  environments.production.rollout.analysis.alpha must be a percentage with its sign, not 0.01  [HD2003]
      write 0.01% or 1%, whichever you mean
    humdrum.yaml:9:53  environments.production.rollout.analysis.minExposure.time must be a duration with its unit, not "90sec"  [HD2003]
      write 90s"
  `)
})

test('keeps weights between nothing and everything', () => {
  expect(
    shownFor(rollout('steps: [{ setWeight: 0% }, { setWeight: 100% }, { setWeight: 110% }, { setWeight: 20 }]')),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:7:28  environments.production.rollout.steps[0].setWeight must be above 0% and below 100%, not 0%  [HD2003]
    humdrum.yaml:7:47  environments.production.rollout.steps[1].setWeight must be above 0% and below 100%, not 100%  [HD2003]
    humdrum.yaml:7:68  environments.production.rollout.steps[2].setWeight must be above 0% and below 100%, not 110%  [HD2003]
    humdrum.yaml:7:89  environments.production.rollout.steps[3].setWeight must be a percentage with its sign, not 20  [HD2003]
      write 20%"
  `)
})

test('says what a step is', () => {
  expect(
    shownFor(rollout('steps:\n  - { setWeight: 1%, pause: 30s }\n  - {}\n  - { setweight: 5% }\n  - wait\n  -')),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:8:11  environments.production.rollout.steps[0] is two steps in one  [HD2003]
      begin a second entry of the list with pause
    humdrum.yaml:9:11  environments.production.rollout.steps[1] is a step without anything to do  [HD2003]
      write setWeight: 10%, or pause: 30s
    humdrum.yaml:10:13  unknown key "setweight" in environments.production.rollout.steps[2]  [HD2003]
      did you mean "setWeight"?  (valid here: setWeight, pause)
    humdrum.yaml:11:11  environments.production.rollout.steps[3] must be a mapping (key: value), not "wait"  [HD2003]
    humdrum.yaml:12:10  environments.production.rollout.steps[4] is empty  [HD2003]
      such as setWeight: 10%, or pause: 30s"
  `)
})

test('says what a pause is', () => {
  expect(
    shownFor(
      rollout(
        'steps:\n  - setWeight: 1%\n  - pause: 30\n  - pause: forever\n  - pause:\n  - pause: { durations: 3s }\n  - pause: { duration: 5 }\n  - pause: [30s]',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:9:18  environments.production.rollout.steps[1].pause must be a duration with its unit, not 30  [HD2003]
      write 30s
    humdrum.yaml:10:18  environments.production.rollout.steps[2].pause must be a duration with its unit, not "forever"  [HD2003]
      write 250ms, 30s, 2m, 1h or 1d
    humdrum.yaml:11:11  environments.production.rollout.steps[3].pause must be a duration or a mapping  [HD2003]
      write pause: 30s, or pause: {} to wait for a person
    humdrum.yaml:12:20  unknown key "durations" in environments.production.rollout.steps[4].pause  [HD2003]
      did you mean "duration"?  (valid here: duration)
    humdrum.yaml:13:30  environments.production.rollout.steps[5].pause.duration must be a duration with its unit, not 5  [HD2003]
      write 5s
    humdrum.yaml:14:18  environments.production.rollout.steps[6].pause must be a duration or a mapping  [HD2003]
      write pause: 30s, or pause: {} to wait for a person"
  `)
})

test('wants a weight before the first pause', () => {
  expect(shownFor(rollout('steps: [{ pause: 30s }, { setWeight: 10% }]'))).toMatchInlineSnapshot(`
    "humdrum.yaml:7:15  environments.production.rollout.steps[0] must be a setWeight, since it is the first step  [HD2003]
      before it no request reaches the candidate: put setWeight: 1% before the pause"
  `)
})

test('wants at least one step', () => {
  expect(shownFor(rollout('steps: []'))).toMatchInlineSnapshot(`
    "humdrum.yaml:7:14  environments.production.rollout.steps must have at least one step  [HD2003]
      leave steps out to take the default steps"
  `)
})

test('refuses steps that the strategy would not take', () => {
  expect(shownFor(rollout('strategy: allAtOnce\nsteps: [{ setWeight: 10% }]'))).toMatchInlineSnapshot(`
    "humdrum.yaml:8:14  environments.production.rollout.steps are for the strategy canary  [HD2003]
      leave them out with allAtOnce, or write strategy: canary"
  `)
})

test('refuses steps that could never pass', () => {
  expect(shownFor(rollout('analysis: { minExposure: { time: 40m } }'))).toMatchInlineSnapshot(`
    "humdrum.yaml:7:7  environments.production.rollout.stepBudget must be longer than analysis.minExposure.time  [HD2003]
      a step lasts at least as long as minExposure.time, so none could pass"
  `)
})

test('keeps alpha and holdback in their limits', () => {
  expect(shownFor(rollout('analysis: { alpha: 0% }\nbake: { holdback: 51% }'))).toMatchInlineSnapshot(`
    "humdrum.yaml:7:26  environments.production.rollout.analysis.alpha must be above 0% and at most 10%, not 0%  [HD2003]
    humdrum.yaml:8:25  environments.production.rollout.bake.holdback must be at most 50%, not 51%  [HD2003]"
  `)
})

test('names the words that are known', () => {
  expect(
    shownFor(rollout('strategy: cannary\nonFailure: pause\nanalysis: { metrics: [{ metric: mood }] }')),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:7:17  environments.production.rollout.strategy must be canary, allAtOnce or observe, not "cannary"  [HD2003]
      did you mean canary?
    humdrum.yaml:8:18  environments.production.rollout.onFailure must be rollback, not "pause"  [HD2003]
    humdrum.yaml:9:39  environments.production.rollout.analysis.metrics[0].metric must be errors, latency, restarts, conversion, mean or custom, not "mood"  [HD2003]"
  `)
})

test('judges errors always', () => {
  expect(shownFor(rollout('analysis: { metrics: [{ metric: latency }] }'))).toMatchInlineSnapshot(`
    "humdrum.yaml:7:28  environments.production.rollout.analysis.metrics must have errors  [HD2003]
      write metrics: [{ metric: errors }, { metric: latency }]"
  `)
})

test('judges one metric once', () => {
  expect(shownFor(rollout('analysis: { metrics: [{ metric: errors }, { metric: errors }] }'))).toMatchInlineSnapshot(
    `
    "humdrum.yaml:7:49  environments.production.rollout.analysis.metrics[1] is a second metric with the name errors  [HD2003]
      take one of them out"
  `,
  )
})

test('wants text in quotes', () => {
  expect(
    shownFor(
      inside('run', 'command: 3\nenv:\n  PORT_OF_DB: 5432\n  DEBUG: true\n  EMPTY:\n  LIST: [a]') + environments,
    ),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:4:12  run.command must be text, not 3  [HD2003]
      put it in quotes
    humdrum.yaml:6:17  run.env.PORT_OF_DB must be text, not 5432  [HD2003]
      put it in quotes
    humdrum.yaml:7:12  run.env.DEBUG must be text, not true  [HD2003]
      put it in quotes
    humdrum.yaml:8:5  run.env.EMPTY is empty  [HD2003]
      write "" for an empty value
    humdrum.yaml:9:11  run.env.LIST must be text, not a list  [HD2003]"
  `)
})

test('takes names of variables that a shell takes', () => {
  expect(
    shownFor(inside('run', 'command: x\nenv:\n  1A: x\n  A-B: x\n  PORT: "80"') + environments),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:6:5  run.env.1A is not a name for a variable  [HD2003]
      letters, digits and _, not beginning with a digit
    humdrum.yaml:7:5  run.env.A-B is not a name for a variable  [HD2003]
      letters, digits and _, not beginning with a digit
    humdrum.yaml:8:5  run.env.PORT cannot be set here  [HD2003]
      Humdrum gives every instance a port of its own in PORT: listen on that"
  `)
})

test('checks the form of references', () => {
  expect(
    shownFor(
      inside(
        'run',
        `command: x\nenv:\n  A: ${reference('1A')}\n  B: ${reference('A').slice(0, -1)}\n  C: ${reference('')}`,
      ) + environments,
    ),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:6:8  run.env.A has a reference that is not of the form \${env:NAME}  [HD2003]
      a name is letters, digits and _, and does not begin with a digit
    humdrum.yaml:7:8  run.env.B has a reference that is not of the form \${env:NAME}  [HD2003]
      a name is letters, digits and _, and does not begin with a digit
    humdrum.yaml:8:8  run.env.C has a reference that is not of the form \${env:NAME}  [HD2003]
      a name is letters, digits and _, and does not begin with a digit"
  `)
})

test('checks health and stop', () => {
  expect(
    shownFor(inside('run', 'command: x\nhealth: { path: healthz, timeout: 0s }\nstop: { timeout: 2h }') + environments),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:5:19  run.health.path must begin with '/'  [HD2003]
      write the path alone, such as /healthz, without scheme and host
    humdrum.yaml:5:37  run.health.timeout must be longer than 0s  [HD2003]
    humdrum.yaml:6:20  run.stop.timeout must be at most 1h  [HD2003]"
  `)
})

test('keeps the output inside the folder', () => {
  expect(
    shownFor(`${head}build: { run: make, output: ../dist }\nignore: [/tmp, 3]\n${run}${environments}`),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:3:29  build.output must be a path inside the folder of this file  [HD2003]
      relative, with '/', without '..', such as dist
    humdrum.yaml:4:10  ignore[0] must be a path inside the folder of this file  [HD2003]
      relative, with '/', without '..', such as dist
    humdrum.yaml:4:16  ignore[1] must be text, not 3  [HD2003]
      put it in quotes"
  `)
})

test('takes names in lower case', () => {
  expect(
    shownFor(`${head.replace('shop', 'My_Shop')}${run}environments: { Prod: {}, -a: {} }\n`),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:2:6  app must be 1 to 40 lower-case letters, digits and dashes, and neither begin nor end with a dash  [HD2003]
      write my-shop
    humdrum.yaml:4:17  environments.Prod must be 1 to 40 lower-case letters, digits and dashes, and neither begin nor end with a dash  [HD2003]
      write prod
    humdrum.yaml:4:27  environments.-a must be 1 to 40 lower-case letters, digits and dashes, and neither begin nor end with a dash  [HD2003]"
  `)
})

test('checks target and router', () => {
  expect(
    shownFor(
      `${head}${run}environments:\n  a: { target: { kind: k8s, instances: 0 }, router: { host: Shop.example, warmup: -1 } }\n  b: { target: { instances: 1.5 }, router: { host: http://x, warmup: { path: x } } }\n  c: { router: { warmup: many, shield: all } }\n`,
    ),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:5:24  environments.a.target.kind must be process, not "k8s"  [HD2003]
    humdrum.yaml:5:40  environments.a.target.instances must be at least 1, not 0  [HD2003]
    humdrum.yaml:5:61  environments.a.router.host must be a host name in lower case, not "Shop.example"  [HD2003]
      write shop.example
    humdrum.yaml:5:83  environments.a.router.warmup must be at least 0, not -1  [HD2003]
    humdrum.yaml:6:29  environments.b.target.instances must be a whole number, not 1.5  [HD2003]
    humdrum.yaml:6:52  environments.b.router.host must be a host name in lower case, not "http://x"  [HD2003]
      such as shop.example, without scheme, port, path and *
    humdrum.yaml:6:70  environments.b.router.warmup.requests is missing  [HD2003]
    humdrum.yaml:6:78  environments.b.router.warmup.path must begin with '/'  [HD2003]
      write the path alone, such as /healthz, without scheme and host
    humdrum.yaml:7:26  environments.c.router.warmup must be a whole number or a mapping  [HD2003]
      write warmup: 20, or warmup: { requests: 20, path: / }
    humdrum.yaml:7:40  environments.c.router.shield must be unreachable, 5xx or off, not "all"  [HD2003]"
  `)
})

test('refuses one host in two environments', () => {
  expect(
    shownFor(
      `${head}${run}environments:\n  a: { router: { host: shop.example } }\n  b: { router: { host: shop.example } }\n`,
    ),
  ).toMatchInlineSnapshot(`"humdrum.yaml:6:24  environments.b.router.host is the host of a already  [HD2003]"`)
})

test('says how to write an environment of defaults', () => {
  expect(shownFor(`${head}${run}environments:\n  production:\n  staging: {}\n`)).toMatchInlineSnapshot(`
    "humdrum.yaml:5:3  environments.production is empty  [HD2003]
      write {} to take every default"
  `)
})

test('wants an environment', () => {
  expect(shownFor(`${head}${run}environments: {}\n`)).toMatchInlineSnapshot(`
    "humdrum.yaml:4:15  environments names no environment  [HD2003]
      write at least one, such as production: {}"
  `)
})

test('refuses merge keys', () => {
  expect(shownFor(`${head}run: { <<: { command: x }, command: y }\n${environments}`)).toMatchInlineSnapshot(`
    "humdrum.yaml:3:8  unknown key "<<" in run  [HD2003]
      merge keys are not part of YAML 1.2; write the keys out"
  `)
})

test('shows nothing that a terminal would obey', () => {
  expect(shownFor(`${least}"\\e[2J\\u202e": 1\n`)).toMatchInlineSnapshot(`
    "humdrum.yaml:5:1  unknown key "\\u001b[2J\\u202e"  [HD2003]
      valid here: version, app, build, ignore, run, environments"
  `)
})

test('takes steps that follow the evidence, and says what they may cost', () => {
  for (const good of [
    'steps: auto',
    'steps: auto\nbudget: { failedRequests: 20 }',
    'steps: auto\nbudget: { failedRequests: 0.01% }',
  ])
    expect(shownFor(rollout(good))).toBe('no problem')
  expect(shownFor(rollout('steps: autp'))).toMatchInlineSnapshot(`
    "humdrum.yaml:7:14  environments.production.rollout.steps must be a list of steps, or auto  [HD2003]
      write steps: auto, or a list with - setWeight: 10%"
  `)
  expect(shownFor(rollout('budget: { failedRequests: 20 }'))).toMatchInlineSnapshot(`
    "humdrum.yaml:7:15  environments.production.rollout.budget is for steps that follow the evidence  [HD2003]
      write steps: auto, or leave budget out"
  `)
  expect(shownFor(rollout('strategy: allAtOnce\nsteps: auto'))).toMatchInlineSnapshot(`
    "humdrum.yaml:8:14  environments.production.rollout.steps are for the strategy canary  [HD2003]
      leave them out with allAtOnce, or write strategy: canary"
  `)
  expect(shownFor(rollout('steps: auto\nbudget: { failedRequests: 0 }'))).toMatchInlineSnapshot(
    `"humdrum.yaml:8:33  environments.production.rollout.budget.failedRequests must be at least 1, not 0  [HD2003]"`,
  )
  expect(shownFor(rollout('steps: auto\nbudget: { failedRequests: lots }'))).toMatchInlineSnapshot(`
    "humdrum.yaml:8:33  environments.production.rollout.budget.failedRequests must be a percentage with its sign, not "lots"  [HD2003]
      write 1%, 2.5% or 0.1%"
  `)
  expect(shownFor(rollout('steps: auto\nbudget: { failed: 20 }'))).toMatchInlineSnapshot(`
    "humdrum.yaml:8:15  environments.production.rollout.budget.failedRequests is missing  [HD2003]
      write failedRequests: 200, or failedRequests: 0.01%
    humdrum.yaml:8:17  unknown key "failed" in environments.production.rollout.budget  [HD2003]
      did you mean "failedRequests"?  (valid here: failedRequests)"
  `)
})
