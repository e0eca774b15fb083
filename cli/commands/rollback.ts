// `humdrum rollback`: back to an earlier release. A rollout that is under way turns round; else the older release is rolled
// out. Followed as a deploy is.
import type { RolloutView } from '@humdrum/contract/api.ts'
import { chooseEnvironment } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode, exitOfPhase } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { askServer } from '../render/waiting.ts'
import type { Watched } from './watch-rollout.ts'
import { watchRollout } from './watch-rollout.ts'

export type RollbackOptions = {
  readonly app?: string
  readonly environment?: string
  readonly to?: string
  readonly reason?: string
  readonly wait?: true
  readonly json?: true
}

export const rollback = async (invocation: Invocation, options: RollbackOptions): Promise<ExitCode> => {
  const { terminal, connect, cwd } = invocation
  const client = connect()
  const status = await askServer(terminal.err, client.status())
  const scope = chooseEnvironment(status, { cwd, app: options.app, environment: options.environment })
  const asked = client.rollback({
    app: scope.app,
    environment: scope.environment,
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  })
  const rollout = await askServer(terminal.err, asked, 'the server checks the way back')
  const result = await report(invocation, rollout, options)
  if (options.json) terminal.out.write(`${JSON.stringify(result)}\n`)
  return result.exit
}

const report = async (invocation: Invocation, rollout: RolloutView, options: RollbackOptions): Promise<Watched> => {
  const { out, err } = invocation.terminal
  const sink = options.json ? err : out
  const { app, environment, id, kind, release, from } = rollout
  sink.write(`${app} → ${environment}: going back to ${(kind === 'rollback' ? release : from) ?? 'nothing'}  ${id}\n`)
  if (!options.wait && (options.json || !sink.isWatched)) return { rollout, exit: exitCode.well }
  return watchRollout(invocation, rollout, { waitFor: 'over', sink, exitOf })
}

/** That a deploy was rolled back, or ended before it had traffic, is what was asked for. */
const exitOf = ({ kind, phase }: RolloutView): ExitCode =>
  kind === 'deploy' && (phase === 'RolledBack' || phase === 'Failed') ? exitCode.well : exitOfPhase(phase)
