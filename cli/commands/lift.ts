// `humdrum lift`: allows bytes again that a rollout proved bad.
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { askServer } from '../render/waiting.ts'
import { shortDigest } from '../render/words.ts'

export type LiftOptions = { readonly reason: string; readonly json?: true }

export const lift = async (
  { terminal, connect }: Invocation,
  digest: string,
  options: LiftOptions,
): Promise<ExitCode> => {
  const lifted = await askServer(terminal.err, connect().lift(digest, options.reason))
  const words = `${shortDigest(lifted.digest)} may be deployed again`
  terminal.out.write(`${options.json ? JSON.stringify({ ...lifted, exit: exitCode.well }) : words}\n`)
  return exitCode.well
}
