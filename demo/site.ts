// A place to run Humdrum in for a while: a temporary folder with a home in it, a server and an edge that are started and
// stopped by the product's own commands, and nothing left of all that in the end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@humdrum/cli/connect.ts'
import { readHomeServer } from '@humdrum/cli/home.ts'
import { waitUntilGone } from '@humdrum/cli/process-gone.ts'
import type { Client } from '@humdrum/contract/client.ts'
import { removeFolder } from '@humdrum/providers/artifacts/folder/seal.ts'
import { identityOf } from '@humdrum/providers/process-identity.ts'
import { releasesFolder } from '@humdrum/server/home.ts'

export type Site = {
  /** Everything lies in it; the users of apps may pass through it. */
  readonly folder: string
  readonly home: string
  /** What is removed in the end. */
  readonly folders: readonly string[]
  /** A client of the server that is there now. */
  readonly connect: () => Client
  /** Starts a server, and an edge where none lives; 0 = any free port. Rejects with what the command said. */
  up(edgePort?: number): Promise<void>
  /** Stops apps, edge and server, those that live. */
  down(): Promise<void>
  /** The same, and removes every folder. */
  close(): Promise<void>
}

const humdrum = fileURLToPath(new URL('../cli/bin/humdrum.js', import.meta.url))

export const openSite = async (): Promise<Site> => {
  const folder = await mkdtemp(join(tmpdir(), 'humdrum-demo-'))
  await chmod(folder, 0o711)
  const home = join(folder, 'home')
  // Releases lie elsewhere when the users of root's apps could not reach them in here.
  const releases = releasesFolder(home, process.getuid?.() === 0)
  const folders = releases.startsWith(folder) ? [folder] : [folder, releases]
  return {
    folder,
    home,
    folders,
    connect: () => connect({ home, variables: {} }),
    up: (edgePort = 0) =>
      command(folder, ['up', '--detach', '--home', home, '--port', '0', '--edge-port', String(edgePort)]),
    down: () => down(folder, home),
    close: async () => {
      await down(folder, home)
      for (const each of folders) await removeFolder(each)
    },
  }
}

/** A server that hangs does not stop when it is asked: then it is ended by force, as the command itself advises. */
const down = async (folder: string, home: string): Promise<void> => {
  const parameters = ['down', '--home', home]
  try {
    await command(folder, parameters)
  } catch (cause) {
    const pid = readHomeServer(home)?.pid
    if (pid === undefined || identityOf(pid) === null) throw cause
    process.kill(pid, 'SIGKILL')
    await waitUntilGone(pid, 5_000)
    await command(folder, parameters)
  }
}

/** In a session of its own: Ctrl-C is for the demo, which then ends everything in order. */
const command = async (folder: string, parameters: readonly string[]): Promise<void> => {
  const path = join(folder, `${parameters[0]}.txt`)
  const output = openSync(path, 'w')
  const child = spawn(process.execPath, [humdrum, ...parameters], { detached: true, stdio: ['ignore', output, output] })
  closeSync(output)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`humdrum ${parameters[0]}: ${readFileSync(path, 'utf8').trim()}`)
}
