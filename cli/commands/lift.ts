// `humdrum lift`: allows bytes again that a rollout proved bad.
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { shortDigest } from '../render/words.ts'

export type LiftOptions = { readonly reason: string }

export const lift = async (
  { terminal, connect }: Invocation,
  digest: string,
  options: LiftOptions,
): Promise<ExitCode> => {
  const lifted = await connect().lift(digest, options.reason)
  terminal.out.write(`${shortDigest(lifted.digest)} may be deployed again\n`)
  return exitCode.well
}
