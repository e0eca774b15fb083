// `humdrum validate`: everything that is wrong with a humdrum.yaml, or that nothing is.
import { readConfigFile } from '../config-file.ts'
import { ConfigRefused } from '../config-refused.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { LocalInvocation } from '../invocation.ts'

export type ValidateOptions = { readonly json?: true }

export const validate = (
  { terminal, cwd }: LocalInvocation,
  given: string | undefined,
  { json }: ValidateOptions,
): ExitCode => {
  const file = readConfigFile(cwd, given)
  if (!file.ok) throw new ConfigRefused(file.problems)
  const { app, environments, observed } = file.parsed.config
  const names = Object.keys({ ...environments, ...observed })
  const words = `${file.name} is valid: app ${app}, environment${names.length === 1 ? '' : 's'} ${names.join(', ')}`
  const result = { file: file.name, app, environments: names, exit: exitCode.well }
  terminal.out.write(`${json ? JSON.stringify(result) : words}\n`)
  return exitCode.well
}
