// `humdrum history`: what was rolled out, newest first, and how it ended.
import { chooseApp } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { renderHistory, renderHistoryLine } from '../render/history.ts'
import { askServer } from '../render/waiting.ts'

export type HistoryOptions = { readonly environment?: string; readonly limit?: number; readonly json?: true }

export const history = async (
  { terminal, cwd, connect }: Invocation,
  app: string | undefined,
  { environment, limit, json }: HistoryOptions,
): Promise<ExitCode> => {
  const { out, err } = terminal
  const client = connect()
  const wanted = { cwd, app, environment }
  // Without a name every app is meant; a name with a slip of the finger is answered with the nearest.
  const chosen = app === undefined ? {} : { app: chooseApp(await askServer(err, client.status()), wanted) }
  const query = {
    ...chosen,
    ...(environment === undefined ? {} : { environment }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  }
  const { rollouts } = await askServer(err, client.listRollouts(query))
  const now = Date.now()
  if (json) out.write(`${JSON.stringify({ rollouts, exit: exitCode.well })}\n`)
  else if (!out.isWatched) for (const view of rollouts) out.write(`${renderHistoryLine(view, now)}\n`)
  else if (rollouts.length > 0) out.write(renderHistory(rollouts, { now, colours: out.colours }))
  else out.write('nothing was deployed here yet\n')
  return exitCode.well
}
