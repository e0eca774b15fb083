// `humdrum retry`: a rollout that ended without a proof against its bytes, begun again. Followed as a deploy is.
import { chooseEnvironment } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { askServer } from '../render/waiting.ts'
import { watchRollout } from './watch-rollout.ts'

export type RetryOptions = {
  readonly app?: string
  readonly environment?: string
  readonly reason?: string
  readonly wait?: true
  readonly json?: true
}

/** The newest rollout of the environment, unless one is named. */
export const retry = async (
  invocation: Invocation,
  name: string | undefined,
  options: RetryOptions,
): Promise<ExitCode> => {
  const { terminal, connect, cwd } = invocation
  const client = connect()
  const wanted = { cwd, app: options.app, environment: options.environment }
  const id = name ?? chooseEnvironment(await askServer(terminal.err, client.status()), wanted).rollout.id
  const rollout = await askServer(terminal.err, client.retry(id, options.reason), 'the server checks the way back')
  const sink = options.json ? terminal.err : terminal.out
  const { app, environment, release } = rollout
  sink.write(`${app} → ${environment}: ${release} once more  ${rollout.id}\n`)
  const result =
    options.wait || (!options.json && sink.isWatched)
      ? await watchRollout(invocation, rollout, { waitFor: 'over', sink })
      : { rollout, exit: exitCode.well }
  if (options.json) terminal.out.write(`${JSON.stringify(result)}\n`)
  return result.exit
}
