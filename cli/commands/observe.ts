// `humdrum observe`: has a server judge what another deployer exposes. It begins, ends, and hands out the token with which that
// deployer may ask; it never touches what is exposed.
import { chooseObserved } from '@humdrum/contract/config/choose-environment.ts'
import type { ObservationView } from '@humdrum/contract/observation-view.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { readConfigFile } from '../config-file.ts'
import { ConfigRefused } from '../config-refused.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { renderObservation } from '../render/observation.ts'
import { askServer } from '../render/waiting.ts'

export type ObserveOptions = {
  readonly candidate?: string
  readonly stable?: string
  readonly for?: number
  readonly file?: string
  readonly stop?: string
  readonly token?: true
  readonly json?: true
}

export const observe = async (
  invocation: Invocation,
  environment: string | undefined,
  options: ObserveOptions,
): Promise<ExitCode> => {
  const { terminal, connect } = invocation
  if (options.token === true) {
    const { token } = await askServer(terminal.err, connect().verdictToken())
    terminal.out.write(options.json ? `${JSON.stringify({ token, exit: exitCode.well })}\n` : `${token}\n`)
    return exitCode.well
  }
  const observation = await (options.stop === undefined
    ? begin(invocation, environment, options)
    : askServer(terminal.err, connect().stopObservation(options.stop)))
  const answer = { observation, exit: exitCode.well }
  terminal.out.write(options.json ? `${JSON.stringify(answer)}\n` : renderObservation(observation))
  return exitCode.well
}

const begin = async (
  { terminal, cwd, connect }: Invocation,
  environment: string | undefined,
  { candidate, stable, for: forMs, file: given }: ObserveOptions,
): Promise<ObservationView> => {
  if (candidate === undefined || stable === undefined || candidate === stable) {
    const next = 'humdrum observe --candidate v2 --stable v1, as its queries are to name them'
    throw new FaultError({ code: 'HD1002', reason: 'it takes two releases to compare', next })
  }
  const file = readConfigFile(cwd, given)
  if (!file.ok) throw new ConfigRefused(file.problems)
  const choice = chooseObserved(file.parsed, environment)
  if (!choice.ok) throw new ConfigRefused([choice.problem])
  const time = forMs === undefined ? {} : { forMs }
  const asked = { config: file.parsed.value, environment: choice.environment.name, candidate, stable, ...time }
  return askServer(terminal.err, connect().observe(asked))
}
