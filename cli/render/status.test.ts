import { stripVTControlCharacters } from 'node:util'
import type { StatusView } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { exampleView } from './example-view.ts'
import { renderStatus, renderStatusLine } from './status.ts'

const look = { now: 70_000, colours: false }

const example = (given: Partial<StatusView> = {}): StatusView => ({
  server: { version: '0.1.0', url: 'http://127.0.0.1:7700', startedAt: 10_000, pid: 7 },
  edge: { url: 'http://127.0.0.1:8080', reachable: true, pid: 8 },
  disks: [],
  observations: [],
  environments: [{ app: 'shop', environment: 'production', stable: 'v2', rollout: exampleView() }],
  ...given,
})

test('shows a line of every environment, what goes on there, and who serves it', () => {
  expect(renderStatus(example(), look)).toBe(
    `app   environment  stable  rollout  phase               weight  evidence  since
shop  production   v2      r-42 v3  Progressing 2 of 3  10 %    0.62 : 1  1:00

shop → production: 10 % of the traffic to v3
  v2 (stable)  2 of 2 instances ready
  v3 (candidate)  2 of 2 instances ready

server  http://127.0.0.1:7700  0.1.0, up 1:00
edge    http://127.0.0.1:8080
`,
  )
})

test('says what to do where nothing was deployed', () => {
  expect(renderStatus(example({ environments: [] }), look)).toMatch(
    /^nothing was deployed here yet\n.*humdrum deploy\n/,
  )
})

test('says how long what was replaced stays warm, and what for', () => {
  const release = { instances: 2, ready: 2, restarts: 0, lastExit: null }
  const releases = [
    { ...release, release: 'v2', role: 'standby' as const },
    { ...release, release: 'v3', role: 'stable' as const },
  ]
  const rollout = exampleView({ phase: 'Succeeded', releases, standbyUntil: 3_400_000 })
  const status = example({ environments: [{ app: 'shop', environment: 'production', stable: 'v3', rollout }] })
  expect(renderStatus(status, look)).toContain(
    '  v2 (standby)  2 of 2 instances ready, warm for another 55:30: humdrum rollback goes back at once\n',
  )
})

test('says why it waits, once', () => {
  const paused = { phase: 'Paused', headline: 'paused with 10 % to v3', reason: 'ada paused it' } as const
  const [environment] = example().environments
  if (environment === undefined) throw new Error('the example has one')
  const status = example({ environments: [{ ...environment, rollout: exampleView(paused) }] })
  expect(renderStatus(status, look).match(/ada paused it/g)).toHaveLength(1)
})

test('says what a step waits for, how long that takes, and what nothing followed from', () => {
  const [environment] = example().environments
  if (environment === undefined) throw new Error('the example has one')
  const rollout = exampleView({
    waitsFor: ['12 of 200 requests', 'about 4:00 more'],
    notes: ['worse, and only observed'],
  })
  const shown = renderStatus(example({ environments: [{ ...environment, rollout }] }), look)
  expect(shown).toContain('  waits: 12 of 200 requests\n  waits: about 4:00 more\n  worse, and only observed\n')
})

test('says that an edge out of reach goes on serving', () => {
  const status = example({ edge: { url: 'http://127.0.0.1:8080', reachable: false, pid: null } })
  expect(renderStatus(status, look)).toContain('8080  does not answer the server (what it serves, it goes on serving)')
})

test('speaks of a disk when it gets full', () => {
  const disks = [
    { folder: '/home', used: 840_000, freeBytes: 2_100_000_000 },
    { folder: '/var', used: 300_000, freeBytes: 9e9 },
  ]
  expect(renderStatus(example({ disks }), look)).toMatch(
    /^edge .*\ndisk {4}\/home lies on a disk that is 84 % full, with 2\.1 GB free: no deploy begins from 90 % on\n$/m,
  )
})

test('shows no evidence where nothing is compared, and no weight that nobody read', () => {
  const rollout = exampleView({ from: null, weight: null, phase: 'Pending', step: null })
  const status = example({ environments: [{ app: 'shop', environment: 'production', stable: null, rollout }] })
  expect(renderStatus(status, look)).toMatch(/^shop +production +– +r-42 v3 +Pending +\? +– +1:00$/m)
})

test('colours the phase without moving the columns', () => {
  const rollout = exampleView({ phase: 'Failed' })
  const status = example({ environments: [{ app: 'shop', environment: 'production', stable: 'v2', rollout }] })
  const coloured = renderStatus(status, { ...look, colours: true })
  expect(coloured).toContain('\u001b[31mFailed\u001b[39m')
  expect(stripVTControlCharacters(coloured)).toBe(renderStatus(status, look))
})

test('says a change in one line on a pipe', () => {
  const [environment] = example().environments
  if (environment === undefined) throw new Error('the example has one')
  expect(renderStatusLine(environment)).toBe(
    'shop → production  r-42 Progressing: 10 % of the traffic to v3; stable v2',
  )
})

test('says why a release is not whole, and nothing of one that has left', () => {
  const status = example()
  const [environment] = status.environments
  if (environment === undefined) throw new Error('the example has one')
  const broken = {
    release: 'v2',
    role: 'stable',
    instances: 2,
    ready: 1,
    restarts: 0,
    lastExit: 'the artifact is corrupt',
  } as const
  const gone = { release: 'v1', role: 'leaving', instances: 0, ready: 0, restarts: 0, lastExit: null } as const
  const rollout = { ...environment.rollout, releases: [broken, gone] }
  const shown = renderStatus({ ...status, environments: [{ ...environment, rollout }] }, { now: 0, colours: false })
  expect(shown).toContain('  v2 (stable)  1 of 2 instances ready; the last trouble: the artifact is corrupt\n')
  expect(shown).not.toContain('v1 (leaving)')
})
