// What was typed wrongly, in the words of every other failure.
import type { Fault } from '@humdrum/core/errors.ts'
import type { CommanderError } from 'commander'

/** Commander writes `error: unknown option '--wiat'`, and on a second line `(Did you mean --wait?)`. `help` tells more. */
export const usageFault = ({ message }: Pick<CommanderError, 'message'>, help: string): Fault => {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n')
  const nearest = /^\(Did (you mean .*)\)$/.exec(second)?.[1]
  const next = nearest === undefined ? help : `did ${nearest}   (${help})`
  return { code: 'HD1002', reason: first, next }
}
