// How tests are run: every twin in every room, under the Node that npm scripts use. Two workers, as the smallest machine
// that is meant to run them has two cores.
import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { defineConfig } from 'vitest/config'

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether a test may mount a small disk to fill it: only the administrator of a Linux that lets him. */
    readonly canMount: boolean
    /** Whether Debian's `prometheus` is here, with its promtool. */
    readonly hasPrometheus: boolean
  }
}

const canMount = (): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false // a container without the right to
  }
}

const hasPrometheus = (): boolean => {
  try {
    for (const program of ['prometheus', 'promtool']) execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'examples/**'],
    provide: { canMount: canMount(), hasPrometheus: hasPrometheus() },
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
