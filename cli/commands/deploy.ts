// `humdrum deploy`: an artifact from here, a rollout of it there. Followed on a terminal or with --wait; on a pipe it is
// accepted and goes on by itself.
import { chooseEnvironment } from '@humdrum/contract/config/choose-environment.ts'
import type { ParsedConfig } from '@humdrum/contract/config/parse.ts'
import { createColors } from 'picocolors'
import type { MadeArtifact } from '../artifact/make-artifact.ts'
import { artifactWords, makeArtifact } from '../artifact/make-artifact.ts'
import { readConfigFile } from '../config-file.ts'
import { ConfigRefused } from '../config-refused.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { askServer } from '../render/waiting.ts'
import { labelled } from '../render/words.ts'
import type { Watched } from './watch-rollout.ts'
import { watchRollout } from './watch-rollout.ts'

export type DeployOptions = {
  readonly version?: string
  readonly wait?: true | 'bake'
  readonly json?: true
  readonly file?: string
}

export const deploy = async (
  invocation: Invocation,
  name: string | undefined,
  options: DeployOptions,
): Promise<ExitCode> => {
  const { terminal, cwd, connect } = invocation
  const { parsed, folder, environment } = choose(cwd, name, options.file)
  const client = connect()
  await askServer(terminal.err, client.status()) // a build is not worth its time when nobody takes what it makes
  const made = await makeArtifact(client, { config: parsed.config, folder }, terminal.err)
  const version = options.version === undefined ? {} : { version: options.version }
  const asked = { config: parsed.value, environment, artifact: made.digest, ...version }
  const deployed = await askServer(terminal.err, client.deploy(asked), 'the server checks the way back')
  const result = await report(invocation, { ...deployed, made, options })
  if (options.json) terminal.out.write(`${JSON.stringify(result)}\n`)
  return result.exit
}

type Choice = { readonly parsed: ParsedConfig; readonly folder: string; readonly environment: string }

/** The file of this folder, and the environment that is meant. Fails with HD2001. */
export const choose = (cwd: string, name: string | undefined, given: string | undefined): Choice => {
  const file = readConfigFile(cwd, given)
  if (!file.ok) throw new ConfigRefused(file.problems)
  const choice = chooseEnvironment(file.parsed, name)
  if (!choice.ok) throw new ConfigRefused([choice.problem])
  return { parsed: file.parsed, folder: file.folder, environment: choice.environment.name }
}

type Accepted = {
  readonly rollout: Watched['rollout']
  readonly unchanged: boolean
  readonly made: MadeArtifact
  readonly options: DeployOptions
}

const report = async (invocation: Invocation, { rollout, unchanged, made, options }: Accepted): Promise<Watched> => {
  const { out, err } = invocation.terminal
  // A machine reads the last line of stdout; what people read goes beside it.
  const sink = options.json ? err : out
  const { app, environment, id, release } = rollout
  if (unchanged) {
    sink.write(`${app} → ${environment}: ${artifactWords(release, made)} serves already; nothing was started\n`)
    return { rollout, exit: exitCode.well }
  }
  if (options.wait === undefined && (options.json || !sink.isWatched)) {
    sink.write(`${id} accepted: ${app} → ${environment}  ${artifactWords(release, made)}\n`)
    return { rollout, exit: exitCode.well }
  }
  const paint = createColors(sink.colours)
  sink.write(`${paint.bold(`${app} → ${environment}`)}  ${id}\n`)
  sink.write(`${paint.green('✓')} ${labelled('artifact', artifactWords(release, made))}\n`)
  return watchRollout(invocation, rollout, { waitFor: options.wait === true ? 'baking' : 'over', sink })
}
