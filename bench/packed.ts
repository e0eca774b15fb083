// The package as a user gets it, unpacked in an empty folder without the network, and a home in which it runs.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@humdrum/cli/connect.ts'
import type { Client } from '@humdrum/contract/client.ts'
import { removeFolder } from '@humdrum/providers/artifacts/folder/seal.ts'
import { releasesFolder } from '@humdrum/server/home.ts'

export type Packed = Disposable & {
  /** Everything lies in it; the users of apps may pass through it. */
  readonly folder: string
  /** What `humdrum` is. */
  readonly program: string
}

export const unpackPackage = (): Packed => {
  const folder = mkdtempSync(join(tmpdir(), 'humdrum-packed-'))
  chmodSync(folder, 0o711) // releases of a home that nobody else can reach would be left in a folder of the system
  const checkout = fileURLToPath(new URL('..', import.meta.url))
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [tarball = ''] = readdirSync(folder)
  execFileSync('tar', ['-xzf', tarball], { cwd: folder })
  return {
    folder,
    program: join(folder, 'package/cli/bin/humdrum.js'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export type Site = AsyncDisposable & {
  readonly client: Client
  /** Runs a command as a script in `cwd` would; answers how many milliseconds it took. Rejects when it fails. */
  command(cwd: string, ...words: readonly string[]): Promise<number>
}

/** Server and edge on free ports, until it is disposed of. */
export const openSite = async ({ folder, program }: Packed): Promise<Site> => {
  const home = mkdtempSync(join(folder, 'home-'))
  chmodSync(home, 0o711)
  const command: Site['command'] = async (cwd, ...words) => {
    const began = performance.now()
    const child = spawn(process.execPath, [program, ...words, '--home', home], {
      cwd,
      env: { ...process.env, CI: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += String(chunk)
      })
    const [code] = await once(child, 'exit')
    const ms = performance.now() - began
    if (code !== 0) throw new Error(`humdrum ${words.join(' ')}: ${said}`)
    return ms
  }
  await command(folder, 'up', '--detach', '--port', '0', '--edge-port', '0')
  return {
    client: connect({ home, variables: {} }),
    command,
    [Symbol.asyncDispose]: async () => {
      await command(folder, 'down')
      for (const each of [home, releasesFolder(home, process.getuid?.() === 0)]) await removeFolder(each)
    },
  }
}
