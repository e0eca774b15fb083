// `humdrum schema`: the form of humdrum.yaml, for editors and machines.
import { humdrumJsonSchemaText } from '@humdrum/contract/config/json-schema.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { LocalInvocation } from '../invocation.ts'

export const schema = ({ terminal }: LocalInvocation): ExitCode => {
  terminal.out.write(humdrumJsonSchemaText())
  return exitCode.well
}
