// `humdrum logs`: what the instances of an app wrote, a line each; with -f until Ctrl-C.
import process from 'node:process'
import type { LogEntry } from '@humdrum/contract/api.ts'
import { visible } from '@humdrum/contract/config/problem.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { chooseApp } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { askServer } from '../render/waiting.ts'

export type LogsOptions = {
  readonly release?: string
  readonly environment?: string
  readonly tail?: number
  readonly follow?: true
  readonly json?: true
}

export const logs = async (
  invocation: Invocation,
  app: string | undefined,
  { json, ...options }: LogsOptions,
): Promise<ExitCode> => {
  const { terminal, connect, cwd } = invocation
  const client = connect()
  const chosen = chooseApp(await askServer(terminal.err, client.status()), {
    cwd,
    app,
    environment: options.environment,
  })
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  if (options.follow) process.once('SIGINT', stop)
  try {
    for await (const entry of client.logs({ app: chosen, ...options }, stopping.signal)) {
      terminal.out.write(`${json ? JSON.stringify(entry) : renderLogEntry(entry, terminal.out.isWatched)}\n`)
    }
  } catch (cause) {
    if (!stopping.signal.aborted) throw cause instanceof TypeError ? brokenOff(cause) : cause
  } finally {
    process.removeListener('SIGINT', stop)
  }
  return exitCode.well
}

const brokenOff = (cause: TypeError): FaultError =>
  new FaultError({ code: 'HD1101', reason: 'it went away in the middle of the logs' }, { cause })

/** On a terminal nothing that an app wrote moves the cursor; a pipe gets the bytes as they are. */
export const renderLogEntry = ({ time, release, instance, stream, line }: LogEntry, isTerminal: boolean): string => {
  const text = isTerminal ? line.split('\t').map(visible).join('\t') : line
  return `${time} ${release} ${instance} ${stream} | ${text}`
}
