// A folder for one test, with files in it, that is gone when the test is over. Others may pass through it: an app that runs
// as another user must find its release there.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type TemporaryFolder = Disposable & {
  readonly path: string
  /** `{ 'dist/app.js': 'text' }`, whatever folders that needs. */
  readonly write: (files: Readonly<Record<string, string>>) => void
}

export const temporaryFolder = (files: Readonly<Record<string, string>> = {}): TemporaryFolder => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'humdrum-cli-')))
  chmodSync(path, 0o755)
  const write: TemporaryFolder['write'] = (given) => {
    for (const [name, text] of Object.entries(given)) {
      mkdirSync(dirname(join(path, name)), { recursive: true })
      writeFileSync(join(path, name), text)
    }
  }
  write(files)
  return { path, write, [Symbol.dispose]: () => remove(path) }
}

/** Unpacked releases are read-only, folders too: whoever is not root must open them first. A test may have removed it all. */
const remove = (path: string): void => {
  const entries = existsSync(path) ? readdirSync(path, { withFileTypes: true, recursive: true }) : []
  for (const entry of entries) if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o700)
  rmSync(path, { recursive: true, force: true })
}
