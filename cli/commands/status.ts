// `humdrum status`: what runs where, once or again and again.
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusView } from '@humdrum/contract/api.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { chooseApp } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { createScreen } from '../render/screen.ts'
import { renderStatus, renderStatusLine } from '../render/status.ts'
import { askServer } from '../render/waiting.ts'

export type StatusOptions = { readonly watch?: true; readonly json?: true }

type Read = () => Promise<StatusView>

const watchMs = 1_000

export const status = async (
  invocation: Invocation,
  app: string | undefined,
  options: StatusOptions,
): Promise<ExitCode> => {
  const { connect, cwd, terminal } = invocation
  const read: Read = async () => {
    const all = await connect().status()
    if (app === undefined) return all
    const chosen = chooseApp(all, { app, environment: undefined, cwd })
    return { ...all, environments: all.environments.filter((view) => view.app === chosen) }
  }
  if (options.watch) return watch(invocation, read, options.json === true ? renderJson : null)
  const view = await askServer(terminal.err, read())
  const result = { ...view, exit: exitCode.well }
  terminal.out.write(options.json ? renderJson(result) : renderStatus(view, { now: Date.now(), ...terminal.out }))
  return exitCode.well
}

const renderJson = (view: StatusView): string => `${JSON.stringify(view)}\n`

const watch = async ({ terminal }: Invocation, read: Read, render: typeof renderJson | null): Promise<ExitCode> => {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  const { out } = terminal
  const screen = createScreen(out)
  const said = new Map<string, string>()
  const show = (view: StatusView): void => {
    if (render !== null) out.write(render(view))
    else if (out.isLive) screen.show(renderStatus(view, { now: Date.now(), ...out }))
    else for (const line of changedLines(view, said)) out.write(`${line}\n`)
  }
  show(await read())
  while (!stopping.signal.aborted) {
    await sleep(watchMs, undefined, { signal: stopping.signal }).catch(() => null) // Ctrl-C ends the loop
    if (!stopping.signal.aborted) await read().then(show).catch(rethrowUnlessLost)
  }
  return exitCode.well
}

/** Somebody who watches wants to see it come back. */
const rethrowUnlessLost = (cause: unknown): void => {
  if (!(cause instanceof FaultError) || cause.fault.code !== 'HD1101') throw cause
}

const changedLines = ({ environments }: StatusView, said: Map<string, string>): readonly string[] =>
  environments.flatMap((view) => {
    const [key, line] = [`${view.app}/${view.environment}`, renderStatusLine(view)]
    if (said.get(key) === line) return []
    said.set(key, line)
    return [line]
  })
