// What the groups of commands have in common: how a command is declared, and how its action is run. Commands are loaded
// when they are called: help and `up` need nothing of the others.
import { parseObservationId, parseRolloutId, parseVersion, versionRule } from '@humdrum/contract/config/names.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { ExitCode } from '../exit-code.ts'
import type { Invocation, LocalInvocation } from '../invocation.ts'
import { usageFault } from './usage-fault.ts'

/** Carries a command out for the home that was named, and keeps what it means as an exit code. */
export type Run = (home: string | undefined, act: Act) => Promise<void>

export type Act = (invocation: LocalInvocation) => ExitCode | Promise<ExitCode>

/** A command that speaks with a server. */
export const connected =
  (act: (invocation: Invocation) => Promise<ExitCode>): Act =>
  async (local) => {
    const { connect } = await import('../connect.ts')
    return act({ ...local, connect: () => connect(local) })
  }

export const homeOption = ['--home <folder>', 'of the server (else HUMDRUM_HOME, else ~/.humdrum)'] as const

const examples = new WeakMap<Command, string>()

/** The examples that a command was declared with; none for one that only has commands below it. */
export const examplesOf = (command: Command): string => examples.get(command) ?? ''

/** `deploy [environment]` with one line of what it is for, and examples for its own help. */
export const declare = (program: Command, signature: string, about: { summary: string; examples: string }): Command => {
  const command = program.command(signature).description(about.summary)
  refuseAsFault(command, `${nameOf(command)} --help`)
  examples.set(command, about.examples)
  return command.option(...homeOption).addHelpText('after', `\nExamples:\n${indented(about.examples)}`)
}

/** `humdrum service install` */
const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`

/** Wrong usage is a fault as any other; that help was asked for stays what it is. */
export const refuseAsFault = (command: Command, help: string): Command =>
  command.exitOverride((error) => {
    throw error.exitCode === 0 || error.code === 'commander.help' ? error : new FaultError(usageFault(error, help))
  })

export const homeOf = (command: Command): string | undefined => {
  const { home }: { readonly home?: string } = command.optsWithGlobals()
  // A variable that is not set, in `--home "$H"`: the folder here would be taken for the home.
  if (home === '') throw wrongly('--home is empty', 'name a folder, or leave it out: HUMDRUM_HOME, else ~/.humdrum')
  return home
}

export const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')

const wrongly = (reason: string, next: string): FaultError => new FaultError({ code: 'HD1002', reason, next })

const longestReason = 500

/** What goes on record. Said here, and not by a server that was asked for something else first. */
export const reasonText = (text: string): string => {
  if (text.length <= longestReason) return text
  throw wrongly(`a reason has at most ${longestReason} characters, not ${text.length}`, 'say it in a sentence or two')
}

export const releaseName = (text: string): string => {
  if (parseVersion(text) !== null) return text
  throw wrongly(`${quoted(text)} is no name of a release`, `it ${versionRule}`)
}

/** The start of one, as people are shown it, is enough. */
export const digestStart = (text: string): string => {
  if (/^(?:sha256:)?[0-9a-f]{8,64}$/i.test(text)) return text
  throw wrongly(
    `${quoted(text)} is no digest, nor the start of one`,
    'it has 8 to 64 hexadecimal digits: humdrum plan lists the rejected ones',
  )
}

export const rolloutName = (text: string): string => {
  if (parseRolloutId(text) !== null) return text
  throw new FaultError({ code: 'HD4003', reason: quoted(text) })
}

/** `r-42`, or `o-3`. */
export const judgedName = (text: string): string => (parseObservationId(text) === null ? rolloutName(text) : text)

export const observationName = (text: string): string => {
  if (parseObservationId(text) !== null) return text
  throw new FaultError({ code: 'HD6101', reason: quoted(text) })
}

/** A whole number in digits, from `least` to `most`. */
export const wholeNumber =
  (what: string, most: number, least = 0) =>
  (text: string): number => {
    if (/^\d{1,6}$/.test(text) && Number(text) <= most && Number(text) >= least) return Number(text)
    throw new InvalidArgumentError(`${what} is a number from ${least} to ${most}`)
  }
