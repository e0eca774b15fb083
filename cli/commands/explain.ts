// `humdrum explain`: one rollout, or one observation, in words, for somebody who was not there.
import type { StatusView } from '@humdrum/contract/api.ts'
import { parseObservationId } from '@humdrum/contract/config/names.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { Wanted } from '../choose-scope.ts'
import { chooseEnvironment, chooseObservation } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { renderExplanation } from '../render/explanation.ts'
import { renderObservationExplanation } from '../render/observation.ts'
import { askServer } from '../render/waiting.ts'

export type ExplainOptions = { readonly app?: string; readonly environment?: string; readonly json?: true }

/** The named rollout or observation, else the newest of an environment. */
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
  const id = name ?? newestOf(await askServer(err, client.status()), { cwd, app, environment })
  if (parseObservationId(id) !== null) {
    const told = await askServer(err, client.explainObservation(id))
    out.write(json ? `${JSON.stringify({ ...told, exit: exitCode.well })}\n` : renderObservationExplanation(told, out))
    return exitCode.well
  }
  const explanation = await askServer(err, client.explain(id))
  out.write(json ? `${JSON.stringify({ ...explanation, exit: exitCode.well })}\n` : renderExplanation(explanation, out))
  return exitCode.well
}

const newestOf = (status: StatusView, wanted: Wanted): string =>
  chooseObservation(status, wanted)?.id ?? chooseEnvironment(status, wanted).rollout.id
