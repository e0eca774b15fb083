// The commands that only look: what a deploy would do, what a rollout did, what would have become of what somebody recorded,
// and how everything is.
import type { PartsPerMillion } from '@humdrum/core/time.ts'
import { everything, parseDurationMs, parsePercentPpm } from '@humdrum/core/time.ts'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import type { AnalyzeOptions } from '../commands/analyze.ts'
import type { DoctorOptions } from '../commands/doctor.ts'
import type { ExplainOptions } from '../commands/explain.ts'
import type { ObserveOptions } from '../commands/observe.ts'
import type { PlanOptions } from '../commands/plan.ts'
import type { Run } from './declaration.ts'
import { connected, declare, homeOf, judgedName, observationName, releaseName } from './declaration.ts'

export const addPlan = (program: Command, run: Run): void => {
  declare(program, 'plan [environment]', {
    summary: 'what a deploy would do, and how long it would take',
    examples: 'humdrum plan\nhumdrum plan production --json',
  })
    .option('--json', 'print the result as one line of JSON')
    .option('--file <humdrum.yaml>', 'instead of the nearest humdrum.yaml')
    .action((name: string | undefined, options: PlanOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/plan.ts')).plan(invocation, name, options)),
      ),
    )
}

export const addExplain = (program: Command, run: Run): void => {
  declare(program, 'explain', {
    summary: 'one rollout, or observation, in words: what was asked, found and done',
    examples:
      'humdrum explain                      # the newest here\nhumdrum explain r-42\nhumdrum explain o-3                  # what another deployer exposes\nhumdrum explain --app shop --environment production',
  })
    .argument('[rollout]', '', judgedName)
    .option('--app <name>', 'else that of the humdrum.yaml here, else the only one')
    .option('--environment <name>', 'else the only one')
    .option('--json', 'print the result as one line of JSON')
    .action((name: string | undefined, options: ExplainOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/explain.ts')).explain(invocation, name, options)),
      ),
    )
}

export const addAnalyze = (program: Command, run: Run): void => {
  declare(program, 'analyze', {
    summary: 'judge recorded counts: when would the verdict have fallen?',
    examples:
      'humdrum analyze --from counts.csv\n' +
      'humdrum analyze --from counts.csv --environment production   # by its metrics\n' +
      'humdrum analyze --from counters.json --counts counters',
  })
    .requiredOption('--from <file>', 'CSV, or JSON: docs/operating.md has the form')
    .addOption(
      new Option('--counts <what>', 'what its figures are: those of a tick alone, or of all time until then').choices([
        'increases',
        'counters',
      ]),
    )
    .option('--environment <name>', 'judged as this environment of humdrum.yaml says')
    .option('--file <humdrum.yaml>', 'instead of the nearest humdrum.yaml')
    .option('--alpha <percent>', 'of releases that are no worse, the share that is stopped at most (else 1%)', percent)
    .option('--beta <percent>', 'of releases that are worse than the margins, the share that passes (else 5%)', percent)
    .option('--json', 'print the result as one line of JSON')
    .action((options: AnalyzeOptions, command: Command) =>
      run(homeOf(command), async (local) => (await import('../commands/analyze.ts')).analyze(local, options)),
    )
}

export const addObserve = (program: Command, run: Run): void => {
  declare(program, 'observe [environment]', {
    summary: 'judge what another deployer exposes, and act on nothing',
    examples:
      'humdrum observe --candidate v2 --stable v1\n' +
      'humdrum observe production --candidate 5d9f7c --stable 77b8a1 --for 2h\n' +
      'humdrum observe --stop o-3\n' +
      'humdrum observe --token            # with it that deployer may read verdicts',
  })
    .option('--candidate <name>', 'what stands for {{release}} in its queries', releaseName)
    .option('--stable <name>', 'what it is compared with, likewise', releaseName)
    .option('--for <time>', 'how long at most (else 24h)', duration)
    .option('--stop <observation>', 'end that one', observationName)
    .option('--token', 'print the token that is good for /verdicts/ alone')
    .option('--json', 'print the result as one line of JSON')
    .option('--file <humdrum.yaml>', 'instead of the nearest humdrum.yaml')
    .action((name: string | undefined, options: ObserveOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/observe.ts')).observe(invocation, name, options)),
      ),
    )
}

/** From a minute to two weeks. */
const duration = (text: string): number => {
  const ms = parseDurationMs(text)
  if (ms !== null && ms >= 60_000 && ms <= 14 * 86_400_000) return ms
  throw new InvalidArgumentError('it is a duration from 1m to 14d, such as 2h')
}

/** Above 0 %, at most 50 %. */
const percent = (text: string): PartsPerMillion => {
  const share = parsePercentPpm(text.endsWith('%') ? text : `${text}%`)
  if (share !== null && share > 0 && share <= everything / 2) return share
  throw new InvalidArgumentError('it is a percentage above 0% and at most 50%, such as 1%')
}

export const addDoctor = (program: Command, run: Run): void => {
  declare(program, 'doctor', {
    summary: 'what is wrong with all of it, and what to do',
    examples: 'humdrum doctor\nhumdrum doctor --json',
  })
    .option('--json', 'print the result as one line of JSON')
    .action((options: DoctorOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/doctor.ts')).doctor(invocation, options)),
      ),
    )
}
