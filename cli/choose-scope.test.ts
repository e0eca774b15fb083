import type { StatusView } from '@humdrum/contract/api.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { expect, test } from 'vitest'
import { chooseApp, chooseEnvironment, chooseObservation } from './choose-scope.ts'
import { exampleView } from './render/example-view.ts'
import { temporaryFolder } from './temporary-folder.ts'

const statusOf = (...names: readonly string[]): StatusView => ({
  server: { version: '0.1.0', url: 'http://127.0.0.1:7700', startedAt: 0, pid: 7 },
  edge: { url: 'http://127.0.0.1:8080', reachable: true, pid: 8 },
  disks: [],
  observations: [],
  environments: names.map((name) => {
    const [app = '', environment = ''] = name.split('/')
    return { app, environment, stable: 'v2', rollout: exampleView({ app, environment }) }
  }),
})

/** Nowhere near a humdrum.yaml. */
const nowhere = { cwd: '/', app: undefined, environment: undefined }

const fileFor = (app: string): string =>
  `version: 1\napp: ${app}\nrun: { command: "true", health: { path: / } }\nenvironments: { production: {} }\n`

const refusal = (choose: () => unknown) => {
  try {
    choose()
  } catch (cause) {
    if (cause instanceof FaultError) return cause.fault
    throw cause
  }
  throw new Error('it was not refused')
}

test('takes the app that is named', () => {
  expect(chooseApp(statusOf('shop/production', 'mail/production'), { ...nowhere, app: 'mail' })).toBe('mail')
})

test('names the nearest app for a slip of the finger', () => {
  const status = statusOf('shop/production', 'mail/production')
  expect(refusal(() => chooseApp(status, { ...nowhere, app: 'shpo' }))).toMatchObject({
    code: 'HD4001',
    next: 'did you mean "shop"?  (this server has: shop, mail)',
  })
})

test('a name that was typed is one short word', () => {
  const app = `sh\nop${'x'.repeat(10_000)}`
  expect(refusal(() => chooseApp(statusOf('shop/production'), { ...nowhere, app })).reason).toMatch(
    /^"sh\\nopx+\.{3}"$/,
  )
  const environment = app
  const fault = refusal(() => chooseEnvironment(statusOf('shop/production'), { ...nowhere, environment }))
  expect(fault.reason.length).toBeLessThan(80)
})

test('takes the only app where none is named', () => {
  expect(chooseApp(statusOf('shop/production', 'shop/staging'), nowhere)).toBe('shop')
})

test('lists the apps where there are several and none is named', () => {
  const fault = refusal(() => chooseApp(statusOf('shop/production', 'mail/production'), nowhere))
  expect(fault).toMatchObject({ code: 'HD1002', next: expect.stringContaining('(this server has: shop, mail)') })
})

test('takes the app of the humdrum.yaml above this folder before the only one', () => {
  using folder = temporaryFolder({ 'humdrum.yaml': fileFor('mail'), 'src/x': '' })
  const here = { ...nowhere, cwd: `${folder.path}/src` }
  expect(chooseApp(statusOf('shop/production', 'mail/production'), here)).toBe('mail')
  // Another app is not what somebody in this folder means, though it is the only one.
  expect(refusal(() => chooseApp(statusOf('shop/production'), here))).toMatchObject({
    code: 'HD4002',
    reason: 'mail, as humdrum.yaml here says, is not on this server',
    next: expect.stringContaining('(this server has: shop)'),
  })
})

test('rolls back with a broken humdrum.yaml too: then it says nothing', () => {
  // The second is a folder of that name.
  for (const files of [{ 'humdrum.yaml': 'version: [' }, { 'humdrum.yaml/x': '' }]) {
    using folder = temporaryFolder(files)
    expect(chooseApp(statusOf('shop/production'), { ...nowhere, cwd: folder.path })).toBe('shop')
  }
})

test.for([undefined, 'shop'])('says that nothing was deployed yet (named: %s)', (app) => {
  expect(refusal(() => chooseApp(statusOf(), { ...nowhere, app }))).toMatchObject({ code: 'HD4002' })
})

test('takes the only environment, and the one that is named', () => {
  expect(chooseEnvironment(statusOf('shop/production'), nowhere).environment).toBe('production')
  const status = statusOf('shop/production', 'shop/staging')
  expect(chooseEnvironment(status, { ...nowhere, environment: 'staging' }).environment).toBe('staging')
})

test('lists the environments where there are several and none is named', () => {
  expect(refusal(() => chooseEnvironment(statusOf('shop/production', 'shop/staging'), nowhere))).toMatchObject({
    code: 'HD2105',
    next: 'name one with --environment (shop has: production, staging)',
  })
})

test('names the nearest environment, of this app alone', () => {
  const status = statusOf('shop/production', 'mail/prod')
  const fault = refusal(() => chooseEnvironment(status, { ...nowhere, app: 'shop', environment: 'prod' }))
  expect(fault).toMatchObject({ code: 'HD2104', next: 'did you mean "production"?  (shop has: production)' })
})

const observed = (id: string, app: string, environment: string) => ({
  ...{ id, app, environment, candidate: 'v2', stable: 'v1', verdict: 'Running' as const },
  ...{ rollback: false, promote: false, reason: '', evidence: 1, limit: 100, metrics: [] },
  ...{ begunAt: 0, begunBy: 'ada', endsAt: 9, endedAt: null },
})

test('takes what is observed where nothing of ours is meant', () => {
  const status = { ...statusOf('mail/production'), observations: [observed('o-3', 'shop', 'production')] }
  using folder = temporaryFolder({ 'humdrum.yaml': fileFor('shop') })
  const chosen = (wanted: Partial<typeof nowhere>, of = status) => chooseObservation(of, { ...nowhere, ...wanted })?.id
  expect(chosen({ cwd: folder.path })).toBe('o-3')
  expect(chosen({ app: 'shop' } as object)).toBe('o-3')
  expect(chosen({ app: 'shop', environment: 'staging' } as object)).toBeUndefined()
  expect(chosen({ app: 'mail' } as object)).toBeUndefined()
  expect(chosen({})).toBeUndefined()
  expect(chosen({}, { ...status, environments: [] })).toBe('o-3')
  // Two of them, or one beside a rollout of ours: a person says which.
  const both = [observed('o-3', 'shop', 'production'), observed('o-4', 'shop', 'staging')]
  expect(chosen({ cwd: folder.path }, { ...status, observations: both })).toBeUndefined()
  expect(
    chosen({ app: 'mail' } as object, { ...status, observations: [observed('o-5', 'mail', 'staging')] }),
  ).toBeUndefined()
})
