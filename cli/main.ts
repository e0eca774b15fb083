// The command line: reads what was typed, runs the command, and is the one place where a failure becomes words and an exit
// code. The process ends by itself, so that what is still on its way to a stream arrives.
import process from 'node:process'
import { FaultError } from '@humdrum/core/errors.ts'
import { CommanderError } from 'commander'
import type { ExitCode } from './exit-code.ts'
import { exitCode, exitOfFault } from './exit-code.ts'
import { createProgram } from './program/program.ts'
import { failureOf, renderFailure, traceOf } from './render/fault.ts'
import type { Terminal } from './terminal.ts'
import { endQuietlyWhenNobodyReads, processTerminal } from './terminal.ts'

const humdrum = async (typed: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let code: ExitCode = exitCode.well
  const program = createProgram({
    terminal,
    run: async (home, act) => {
      code = await act({ terminal, cwd: folderHere(), variables: process.env, home })
    },
  })
  try {
    if (typed.length === 0) program.outputHelp()
    else await program.parseAsync(typed, { from: 'user' })
    return code
  } catch (cause) {
    return explain(cause, terminal, typed.includes('--json'))
  }
}

const folderHere = (): string => {
  try {
    return process.cwd()
  } catch (cause) {
    const next = 'cd to one that is there, and run it again'
    throw new FaultError(
      { code: 'HD1002', reason: 'the folder that this shell stands in was removed', next },
      { cause },
    )
  }
}

const explain = (cause: unknown, { out, err }: Terminal, asJson: boolean): ExitCode => {
  // Help that was asked for was written; so was the help for a line that names no command.
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? exitCode.well : exitCode.usage
  err.write(renderFailure(cause))
  if (process.env['HUMDRUM_DEBUG'] === '1') err.write(traceOf(cause))
  const failure = failureOf(cause)
  const exit = exitOfFault(failure.error.code)
  // Whoever reads the last line by a machine finds one there, whatever happened.
  if (asJson) out.write(`${JSON.stringify({ ...failure, exit })}\n`)
  return exit
}

endQuietlyWhenNobodyReads()
process.exitCode = await humdrum(process.argv.slice(2), processTerminal())
