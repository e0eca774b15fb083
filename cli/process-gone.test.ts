import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { waitUntilGone } from './process-gone.ts'

test('waits until the process has ended', async () => {
  const child = spawn('sleep', ['60'])
  try {
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    expect(await waitUntilGone(pid, 0)).toBe(false)
    const gone = waitUntilGone(pid, 10_000)
    child.kill('SIGKILL')
    expect(await gone).toBe(true)
  } finally {
    child.kill('SIGKILL')
  }
})

test('takes a zombie for a process that has ended', async () => {
  // The shell's child ends; the program that took the shell's place never asks for it.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [line]: unknown[] = await once(parent.stdout, 'data')
    expect(await waitUntilGone(Number(String(line)), 10_000)).toBe(true)
  } finally {
    parent.kill('SIGKILL')
  }
})

test('takes a number that nobody has for gone', async () => {
  expect(await waitUntilGone(4_194_304, 0)).toBe(true)
})
