// `humdrum validate`: everything that is wrong with a humdrum.yaml, or that nothing is.
import { readConfigFile } from '../config-file.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { LocalInvocation } from '../invocation.ts'
import { renderProblems } from '../render/fault.ts'

export const validate = ({ terminal, cwd }: LocalInvocation, given: string | undefined): ExitCode => {
  const file = readConfigFile(cwd, given)
  if (!file.ok) {
    terminal.err.write(renderProblems(file.problems))
    return exitCode.usage
  }
  const { app, environments } = file.parsed.config
  const names = Object.keys(environments)
  terminal.out.write(
    `${file.name} is valid: app ${app}, environment${names.length === 1 ? '' : 's'} ${names.join(', ')}\n`,
  )
  return exitCode.well
}
