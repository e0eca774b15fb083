import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

const ofProcess = (pid: string, folder: string): boolean => {
  try {
    return [readFileSync(`/proc/${pid}/cmdline`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`)].some((text) =>
      text.includes(folder),
    )
  } catch {
    return false // it ended meanwhile
  }
}

/** Processes that work in a folder or were started with it. */
const runningIn = (folder: string): readonly string[] =>
  readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && ofProcess(entry, folder))

test('Ctrl-C ends everything that the demo started, and leaves no folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interrupted-'))
  await chmod(folder, 0o711)
  const env = { ...process.env, TMPDIR: folder, CI: 'true' }
  const demo = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(demo, 'exit')
  try {
    let said = ''
    demo.stdout.on('data', (chunk: Buffer) => {
      said += String(chunk)
    })
    await expect.poll(() => said, { timeout: 30_000, interval: 100 }).toContain('20 % of the traffic to v2')
    // Server, edge, and two instances each of v1 and v2.
    expect(runningIn(folder).length).toBeGreaterThanOrEqual(6)
    demo.kill('SIGINT')
    const [code] = await exited
    expect(code).toBe(130)
    expect(runningIn(folder)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  } finally {
    demo.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
