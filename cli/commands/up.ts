// `humdrum up`: a server for a home, as a process of its own: here until Ctrl-C, or with --detach in a session of its own.
// The server starts the edge, and says in its last words what goes on without it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { FaultError } from '@humdrum/core/errors.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { commandOn, localHome } from '../home.ts'
import type { LocalInvocation } from '../invocation.ts'
import { findRunningServer } from '../running-server.ts'
import { serverEntry } from '../server-entry.ts'
import { startDetached } from '../start-detached.ts'

export type UpOptions = { readonly port?: number; readonly edgePort?: number; readonly detach?: true }

/** Fails with HD1104 where a server runs already, with what keeps it from starting. */
export const up = async (invocation: LocalInvocation, options: UpOptions): Promise<ExitCode> => {
  const home = localHome(invocation.home, invocation.variables)
  const running = await findRunningServer(home)
  if (running !== null) {
    const { pid, url } = running
    const next = `use it: ${commandOn(invocation.home, 'status')}      stop everything: ${commandOn(invocation.home, 'down')}`
    throw new FaultError({ code: 'HD1104', reason: `${home}, pid ${pid}, ${url}`, next })
  }
  const command = [process.execPath, serverEntry(), '--home', home, ...portsOf(options)] as const
  return options.detach ? startDetached(invocation, { home, command }) : serveHere(invocation, command)
}

/** The server has the defaults. */
const portsOf = ({ port, edgePort }: UpOptions): readonly string[] => [
  ...(port === undefined ? [] : ['--port', String(port)]),
  ...(edgePort === undefined ? [] : ['--edge-port', String(edgePort)]),
]

type Command = readonly [program: string, ...parameters: string[]]

const serveHere = async ({ home }: LocalInvocation, [program, ...parameters]: Command): Promise<ExitCode> => {
  const server = spawn(program, parameters, { stdio: 'inherit' })
  // Ctrl-C reaches the server by itself, a signal to this process alone does not. It takes one of each kind as one wish.
  const stop = (): void => void server.kill('SIGTERM')
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  try {
    const [code, signal]: (number | string | null)[] = await once(server, 'exit')
    if (typeof signal === 'string') throw endedBy(signal, home)
    return code === 0 ? exitCode.well : exitCode.failure
  } finally {
    for (const signal of signals) process.removeListener(signal, stop)
  }
}

const endedBy = (signal: string, home: string | undefined): FaultError =>
  new FaultError({
    code: 'HD1101',
    reason: `it was ended by ${signal}; the edge and the apps keep serving`,
    next: commandOn(home, 'up'),
  })
