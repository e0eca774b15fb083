// From which git revision something is built, for the eye. No git, no repository, no commit yet: then nothing is said.
import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `7d1e02b (clean)`; null where git cannot say. */
export const revisionOf = async (folder: string): Promise<string | null> => {
  const git = async (...parameters: string[]): Promise<string> => {
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' }
    const { stdout } = await run('git', parameters, { cwd: folder, env, timeout: 5_000, maxBuffer: 32 * 1_024 * 1_024 })
    return stdout.trim()
  }
  try {
    const [revision, changes] = [await git('rev-parse', '--short', 'HEAD'), await git('status', '--porcelain')]
    return `${revision} (${changes === '' ? 'clean' : 'dirty'})`
  } catch {
    return null // a deploy does not need git
  }
}
