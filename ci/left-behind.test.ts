import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { newcomers } from './left-behind.ts'
import type { Process } from './processes.ts'
import { belongsTo, parseStat, runningProcesses } from './processes.ts'

const process_ = (pid: number, parent: number): Process => ({ pid, parent, start: pid, command: `p${pid}` })
/** 1 is the first process, 10 a shell that runs 20, the run, whose tree is 20 → 21; 11 is somebody else's shell. */
const machine = [process_(1, 0), process_(10, 1), process_(11, 1), process_(20, 10), process_(21, 20)]
const before = new Set(['1:1', '10:10', '11:11'])
const found = (...more: readonly Process[]): readonly number[] =>
  newcomers({ before, now: [...machine, ...more], self: 21 }).map(({ pid }) => pid)

test('the run itself is not left behind, nor what it still has in hand', () => {
  expect(found()).toEqual([])
  expect(found(process_(22, 20), process_(23, 22))).toEqual([])
})

test('finds what the first process, or who started the run, had to adopt, with its children', () => {
  expect(found(process_(30, 1), process_(31, 30), process_(32, 10))).toEqual([30, 31, 32])
})

test("somebody else's child is not ours", () => {
  expect(found(process_(40, 11), process_(41, 40))).toEqual([])
})

test('a pid that was used again is another process', () => {
  expect(
    newcomers({ before: new Set(['1:1', '10:10', '11:9']), now: machine, self: 21 }).map(({ pid }) => pid),
  ).toEqual([11])
})

test('reads a line of /proc, whatever the name of the program', () => {
  const rest = '0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 4711 99'
  const numbers = `7 ${rest.split(' ').slice(0, 17).join(' ')} 4711 99`
  expect(parseStat(`42 (a) b (c) S ${numbers}`)).toEqual({ pid: 42, parent: 7, start: 4711 })
  expect(parseStat(`42 (a) Z ${numbers}`)).toBeNull()
  expect(parseStat(`42 (kworker) S 2 ${numbers.slice(2)}`)).toBeNull()
  expect(parseStat('')).toBeNull()
})

test('sees a process that runs, and whose it is', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()', '--', '/marked/folder'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(child, 'spawn')
  // The program is named only after exec, an instant after the fork.
  await expect.poll(() => runningProcesses().find(({ pid }) => pid === child.pid)?.command).toContain('/marked/folder')
  const seen = runningProcesses().find(({ pid }) => pid === child.pid)
  expect(seen).toMatchObject({ parent: process.pid })
  expect(seen !== undefined && belongsTo(seen, '/marked/folder')).toBe(true)
  expect(seen !== undefined && belongsTo(seen, '/other/folder')).toBe(false)
  child.stdin?.end()
  await once(child, 'exit')
})
