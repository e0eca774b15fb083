import { expect, test } from 'vitest'
import type { ServicePlan } from './unit-files.ts'
import { homeIn, isSayable, unitFiles, unitNames, userIn } from './unit-files.ts'

const plan = (over: Partial<ServicePlan> = {}): ServicePlan => ({
  scope: 'system',
  home: '/srv/humdrum',
  port: 7_700,
  edgePort: 80,
  user: 'humdrum',
  programs: { node: '/opt/node', server: '/opt/server.js', edge: '/opt/edge.js' },
  path: '/usr/bin:/bin',
  ...over,
})

const linesOf = (name: (typeof unitNames)[number], over: Partial<ServicePlan> = {}): readonly string[] =>
  unitFiles(plan(over))[name].split('\n')

test('a boot brings the apps, then the edge, then the server, and none of them fails with another', () => {
  expect(linesOf('humdrum-edge')).toContain('After=network.target humdrum-apps.service')
  expect(linesOf('humdrum-server')).toContain('After=network.target humdrum-apps.service humdrum-edge.service')
  for (const name of unitNames) {
    expect(linesOf(name)).toContain('WantedBy=multi-user.target')
    expect(unitFiles(plan())[name]).not.toMatch(/^(Requires|BindsTo|PartOf)=/m)
  }
})

test('the server and the one that restores leave the apps alone when they end, whatever an app did', () => {
  for (const name of ['humdrum-apps', 'humdrum-server'] as const)
    expect(linesOf(name)).toEqual(expect.arrayContaining(['KillMode=process', 'OOMPolicy=continue']))
})

test('nothing is forbidden to what apps inherit', () => {
  for (const name of ['humdrum-apps', 'humdrum-server'] as const)
    expect(unitFiles(plan())[name]).not.toMatch(/^(NoNewPrivileges|Protect|Private|Restrict|Capability|UMask)/m)
})

test('the edge alone gets the low ports, and has no other right', () => {
  expect(linesOf('humdrum-edge')).toEqual(
    expect.arrayContaining(['AmbientCapabilities=CAP_NET_BIND_SERVICE', 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE']),
  )
  for (const name of unitNames) expect(linesOf(name)).toContain('User=humdrum')
  expect(linesOf('humdrum-edge', { user: null })).toContain(
    'CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_DAC_READ_SEARCH',
  )
})

test('the units of a person say nothing that root alone may say', () => {
  const files = unitFiles(plan({ scope: 'person', user: null }))
  for (const name of unitNames) {
    expect(files[name]).toContain('WantedBy=default.target')
    expect(files[name]).not.toMatch(/^(User|AmbientCapabilities|CapabilityBoundingSet|Protect|Private)/m)
  }
})

test('a path with spaces and signs is read as it is meant', () => {
  const home = '/srv/a b/50%c/$d'
  const { 'humdrum-server': server, 'humdrum-edge': edge } = unitFiles(plan({ home, path: '/opt/$x:/bin' }))
  expect(server).toContain(
    'ExecStart="/opt/node" "/opt/server.js" "--home" "/srv/a b/50%%c/$$d" "--port" "7700" "--supervised-edge"\n',
  )
  expect(server).toContain('EnvironmentFile=-/srv/a b/50%%c/$d/server.env\n')
  expect(server).toContain('Environment="PATH=/opt/$x:/bin"\n')
  expect(edge).toContain('ReadWritePaths="/srv/a b/50%%c/$d"\n')
  expect(homeIn(server)).toBe(home)
})

test.for(['/srv/a"b', '/srv/a\\b', '/srv/a\nb', '/srv/a\u0007b'])('%j is refused, not mistaken', (path) => {
  expect(isSayable(path)).toBe(false)
})

test('a unit tells whose it is, and one of somebody else nothing', () => {
  const unit = unitFiles(plan())['humdrum-apps']
  expect([homeIn(unit), userIn(unit)]).toEqual(['/srv/humdrum', 'humdrum'])
  expect(userIn(unitFiles(plan({ user: null }))['humdrum-apps'])).toBeNull()
  expect(homeIn('[Service]\nExecStart=/bin/true\n')).toBeNull()
})
