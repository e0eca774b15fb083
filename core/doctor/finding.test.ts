import { expect, test } from 'vitest'
import {
  judgeClocks,
  judgeDisk,
  judgeEdgeVersion,
  judgeHistory,
  judgeMemory,
  judgeNode,
  judgeOpenFiles,
  judgeServerVersion,
  judgeSynchronised,
} from './finding.ts'

const disk = (used: number) => ({ path: '/srv', freeBytes: (1 - used) * 2 ** 40, totalBytes: 2 ** 40 })

test.for([
  [0.79, 'ok'],
  [0.8, 'look'],
  [0.89, 'look'],
  [0.9, 'broken'],
  [1, 'broken'],
] as const)('a disk that is used by %d is %s', ([used, verdict]) => {
  expect(judgeDisk('disk.home', disk(used))).toMatchObject({ id: 'disk.home', verdict })
})

test('says how much is left, where, and what to do about it', () => {
  expect(judgeDisk('disk.home', disk(0.95))).toMatchObject({
    says: '95 % used, 51.2 GiB free at /srv',
    next: 'free some space on the file system of /srv: a full one takes no release and no log',
  })
})

test.for([
  [0.5, 'ok'],
  [0.099, 'look'],
  [0.029, 'broken'],
] as const)('memory of which %d is available is %s', ([share, verdict]) => {
  const memory = { availableBytes: share * 16 * 1_024 ** 3, totalBytes: 16 * 1_024 ** 3 }
  expect(judgeMemory(memory)).toMatchObject({ id: 'memory', verdict })
})

test.for([
  ['20.20.2', 'look'],
  ['22.21.9', 'look'],
  ['22.22.2', 'ok'],
  ['23.9.0', 'look'],
  ['24.15.0', 'ok'],
  ['26.0.0', 'ok'],
] as const)('Node %s is %s, as the launcher has it', ([version, verdict]) => {
  expect(judgeNode(version, '/usr/bin/node')).toMatchObject({ verdict, says: `${version}, /usr/bin/node` })
})

test('few open files are worth a look', () => {
  expect(judgeOpenFiles(4_095).verdict).toBe('look')
  expect(judgeOpenFiles(4_096)).toMatchObject({ verdict: 'ok', next: null })
})

test('versions that differ are worth a look, and named on both sides', () => {
  expect(judgeEdgeVersion('1.0.0', '1.0.0').verdict).toBe('ok')
  expect(judgeEdgeVersion('1.0.0', '1.1.0')).toMatchObject({
    verdict: 'look',
    says: 'the edge is 1.0.0, the server 1.1.0: it outlived an earlier server',
  })
  expect(judgeServerVersion('1.0.0', '1.0.0').verdict).toBe('ok')
  expect(judgeServerVersion('1.0.0', '1.1.0').says).toBe('the server is 1.0.0, this command line 1.1.0')
})

test('clocks that differ by seconds are worth a look, in the direction in which they do', () => {
  expect(judgeClocks(-4_999).verdict).toBe('ok')
  expect(judgeClocks(90_000).says).toBe("the server's clock is 1:30 ahead of that of this machine")
  expect(judgeClocks(-90_000).says).toBe("the server's clock is 1:30 behind that of this machine")
  expect(judgeSynchronised(true).verdict).toBe('ok')
  expect(judgeSynchronised(false).verdict).toBe('look')
})

test('what lies in the future tells that the clock went back', () => {
  expect(judgeHistory(null, 1_000).verdict).toBe('ok')
  expect(judgeHistory(5_999, 1_000).verdict).toBe('ok')
  expect(judgeHistory(61_000, 1_000).says).toContain('1:00 in the future: the clock went back')
})
