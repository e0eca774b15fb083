// Packs this checkout as it would be published, and installs it in a folder as a stranger would.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { assert, run } from './commands.ts'

export const checkout = join(import.meta.dirname, '..')

/** `work`: where the archive may lie. */
type Places = { readonly work: string; readonly into: string; readonly env: NodeJS.ProcessEnv }

export const installPacked = async ({ work, into, env }: Places): Promise<void> => {
  const packed = await run('npm', ['pack', '--pack-destination', work], { cwd: checkout, env, timeoutMs: 120_000 })
  assert(packed.code === 0, 'npm pack failed', packed)
  const archive = readdirSync(work).find((entry) => entry.endsWith('.tgz'))
  assert(archive !== undefined, 'npm pack wrote no archive')
  const words = ['install', '--prefix', into, join(work, archive ?? '')]
  const installed = await run('npm', words, { cwd: into, env, timeoutMs: 120_000 })
  assert(installed.code === 0, 'the package cannot be installed', installed)
}
