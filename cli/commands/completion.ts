// `humdrum completion`: what a shell runs to complete lines of humdrum, made from the program as it is.
import type { Command } from 'commander'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import type { Shell } from '../completion/offers.ts'
import { offersOf } from '../completion/offers.ts'
import { zshCompletion } from '../completion/zsh.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { LocalInvocation } from '../invocation.ts'
import { outlineOf } from '../program/outline.ts'

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

export const completion = ({ terminal }: LocalInvocation, shell: Shell, program: Command): ExitCode => {
  terminal.out.write(scripts[shell](offersOf(outlineOf(program))))
  return exitCode.well
}
