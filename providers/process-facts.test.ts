import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isSuspended, openFilesLimit, residentBytes } from './process-facts.ts'

const nobody = 2 ** 22 + 1 // above what Linux gives out

test('tells the memory of a process, and null where there is none', () => {
  expect(residentBytes(process.pid)).toBeGreaterThan(10_000_000)
  expect(residentBytes(process.pid)).toBeLessThan(4_000_000_000)
  expect(residentBytes(nobody)).toBeNull()
})

test('tells how many files a process may have open', async () => {
  const child = spawn('sh', ['-c', 'ulimit -n 77; echo; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    await once(child.stdout, 'data')
    expect(openFilesLimit(child.pid ?? 0)).toBe(77)
  } finally {
    child.kill('SIGKILL')
  }
  expect(openFilesLimit(nobody)).toBeNull()
})

test('tells that a process was stopped, until it goes on', async () => {
  const child = spawn('sleep', ['60'])
  const suspended = async (wanted: boolean): Promise<void> => {
    const deadline = Date.now() + 5_000
    while (isSuspended(child.pid ?? 0) !== wanted && Date.now() < deadline) await delay(5)
    expect(isSuspended(child.pid ?? 0)).toBe(wanted)
  }
  try {
    await suspended(false)
    child.kill('SIGSTOP')
    await suspended(true)
    child.kill('SIGCONT')
    await suspended(false)
  } finally {
    child.kill('SIGKILL')
  }
  expect(isSuspended(nobody)).toBe(false)
})
