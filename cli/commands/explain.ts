// `humdrum explain`: one rollout in words, for somebody who was not there.
import { FaultError } from '@humdrum/core/errors.ts'
import { chooseEnvironment } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { renderExplanation } from '../render/explanation.ts'
import { askServer } from '../render/waiting.ts'

export type ExplainOptions = { readonly app?: string; readonly environment?: string; readonly json?: true }

/** The named rollout, else the newest of an environment. */
export const explain = async (
  { terminal, cwd, connect }: Invocation,
  name: string | undefined,
  { app, environment, json }: ExplainOptions,
): Promise<ExitCode> => {
  if (name !== undefined && (app !== undefined || environment !== undefined)) {
    const next = 'name the rollout alone, or an environment: then it is the newest one there'
    throw new FaultError({ code: 'HD1002', reason: `${name} is one rollout already`, next })
  }
  const client = connect()
  const { out, err } = terminal
  const wanted = { cwd, app, environment }
  const id = name ?? chooseEnvironment(await askServer(err, client.status()), wanted).rollout.id
  const explanation = await askServer(err, client.explain(id))
  out.write(json ? `${JSON.stringify({ ...explanation, exit: exitCode.well })}\n` : renderExplanation(explanation, out))
  return exitCode.well
}
