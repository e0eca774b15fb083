import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { residentBytes } from '../../process-facts.ts'
import { identityOf } from '../../process-identity.ts'
import type { InstanceRecord } from './instance-record.ts'
import { memoryUse } from './memory-use.ts'

const recordOf = (process: InstanceRecord['process']) =>
  ({ id: 'i-of-this-test', process, release: { version: 'v1' } }) as unknown as InstanceRecord

test('counts every process of the group, and nothing of one that is gone', async () => {
  // As an instance is started: a shell that leads its group, and the app below it.
  const app = `${process.execPath} -e "console.log(1); setTimeout(() => {}, 60000)"`
  const shell = spawn('sh', ['-c', `${app}; true`], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const pid = shell.pid ?? 0
  try {
    await once(shell.stdout, 'data')
    const use = memoryUse(recordOf({ pid, started: identityOf(pid) ?? '' }))
    expect(use?.release).toBe('v1')
    // The shell has some 2 MB, the Node below it more than 30.
    expect(use?.bytes).toBeGreaterThan(20e6 + (residentBytes(pid) ?? 0))
    expect(memoryUse(recordOf({ pid, started: 'another' }))).toBeNull()
  } finally {
    process.kill(-pid, 'SIGKILL')
  }
  expect(memoryUse(recordOf(null))).toBeNull()
})
