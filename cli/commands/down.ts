// `humdrum down`: ends the apps, the edge and the server of a home of this machine, and whatever of them outlived a server.
// A server elsewhere is never meant: it is not named by a home.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import process from 'node:process'
import { createClient } from '@humdrum/contract/client.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { actor } from '../connect.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { HomeServer } from '../home.ts'
import { commandOn, localHome, readHomeServer } from '../home.ts'
import type { LocalInvocation } from '../invocation.ts'
import { waitUntilGone } from '../process-gone.ts'
import { whileWaiting } from '../render/waiting.ts'
import { findRunningServer } from '../running-server.ts'
import { serverEntry } from '../server-entry.ts'
import type { Installed } from '../service/systemd.ts'
import { findInstalledFor, isActive, systemctlWords } from '../service/systemd.ts'

/** Apps may take their time to end; what they were given is at most minutes. */
const patienceMs = 120_000

export const down = async (invocation: LocalInvocation): Promise<ExitCode> => {
  const home = localHome(invocation.home, invocation.variables)
  const { out } = invocation.terminal
  if (!existsSync(home)) {
    out.write('nothing was running\n')
    return exitCode.well
  }
  const installed = await refuseWhileKept(home)
  const server = await findRunningServer(home)
  const ended = await (server === null ? bringDown(invocation, home) : stopServer(invocation, server))
  if (installed !== null) out.write('systemd starts it again at the next boot, unless: humdrum service uninstall\n')
  return ended
}

/** systemd would start again at once what is ended here. Fails with HD1205; answers what is installed for the home. */
const refuseWhileKept = async (home: string): Promise<Installed | null> => {
  const installed = findInstalledFor(home)
  if (installed === null) return null
  const { scope } = installed
  const active = await Promise.all((['humdrum-server', 'humdrum-edge'] as const).map((name) => isActive(scope, name)))
  if (!active.includes(true)) return installed
  const stop = systemctlWords(scope, 'stop humdrum-server humdrum-edge')
  const next = `for good: humdrum service uninstall      until the next boot: ${stop}, and again humdrum down`
  throw new FaultError({ code: 'HD1205', reason: `${home}, and would start again what ends`, next })
}

const stopServer = async (
  { terminal, home }: LocalInvocation,
  { pid, ...connection }: HomeServer,
): Promise<ExitCode> => {
  await createClient({ ...connection, actor: actor() }).stop(true)
  const words = (): string => 'stopping the apps, the edge and the server'
  if (!(await whileWaiting(terminal.err, { words, work: waitUntilGone(pid, patienceMs) }))) {
    const next = `wait for it, and look again: ${commandOn(home, 'status')}`
    throw new FaultError({ code: 'HD1104', reason: `pid ${pid} still waits for its apps to end`, next })
  }
  terminal.out.write('stopped: the apps, the edge and the server\n')
  return exitCode.well
}

/** No server answers: its program ends what is left, unless one holds the home after all. */
const bringDown = async ({ terminal, home: given }: LocalInvocation, home: string): Promise<ExitCode> => {
  const words = (): string => 'stopping what is left'
  const { code, output, errors } = await whileWaiting(terminal.err, { words, work: endWhatIsLeft(home) })
  if (errors.includes('[HD1104]')) {
    const pid = readHomeServer(home)?.pid
    const next = `wait a moment, or end it by force (kill -9${pid === undefined ? '' : ` ${pid}`}; the apps keep serving), and again: ${commandOn(given, 'down')}`
    throw new FaultError({ code: 'HD1104', reason: `${home}, and does not answer`, next })
  }
  terminal.out.write(output)
  terminal.err.write(errors)
  return code === 0 ? exitCode.well : exitCode.failure
}

/** `as`: its owner, where that is not who types. */
export const endWhatIsLeft = (home: string, as: Owner = {}): Promise<Ended> =>
  run([serverEntry(), '--home', home, '--down'], as)

type Owner = { readonly uid?: number; readonly gid?: number }

type Ended = { readonly code: number; readonly output: string; readonly errors: string }

const run = (parameters: readonly string[], { uid, gid }: Owner): Promise<Ended> =>
  new Promise((resolve) => {
    const as = uid === undefined || gid === undefined ? {} : { uid, gid, cwd: '/' }
    const child = execFile(process.execPath, parameters, as, (_, output, errors) => {
      resolve({ code: child.exitCode ?? 1, output, errors })
    })
  })
