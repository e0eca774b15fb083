// A humdrum.yaml that cannot be acted on, on its way to the one place where a failure becomes words: all that is wrong in
// it, each with its place.
import type { Problem } from '@humdrum/contract/config/problem.ts'

export class ConfigRefused extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ place, message }) => `${place}  ${message}`).join('\n'))
    this.name = 'ConfigRefused'
    this.problems = problems
  }
}
