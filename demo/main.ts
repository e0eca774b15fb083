// `npm run demo`: real processes, real requests, good and bad releases, each undone by itself where it must be. Exit 0 only
// when everything went as announced. `--json` prints the figures as the last line, `--keep` leaves it all running.
import { parseArgs } from 'node:util'
import { faultOf, renderFault } from '@humdrum/cli/render/fault.ts'
import type { Sink } from '@humdrum/cli/terminal.ts'
import { processTerminal } from '@humdrum/cli/terminal.ts'
import { disappointments } from './expectations.ts'
import type { Played } from './play.ts'
import { leaveUsers, play } from './play.ts'
import type { DemoReport } from './report.ts'
import { renderTable, reportOf } from './report.ts'
import type { Site } from './site.ts'
import { openSite } from './site.ts'
import { variants } from './variants.ts'
import { leftRunning, userWords } from './words.ts'

/** Nothing that goes well takes so long; the rest of the minute and a half is for tidying up. */
const longestMs = 75_000

type Options = { readonly sink: Sink; readonly signal: AbortSignal; readonly keep: boolean }

type Ran = {
  readonly played: Played
  /** What goes on, in words; null when nothing does. */
  readonly left: string | null
}

/** Plays it, and leaves nothing behind but what is to be kept. */
const playAndTidy = async ({ sink, signal, keep }: Options): Promise<Ran> => {
  const site = await openSite()
  let left: string | null = null
  try {
    await site.up()
    const played = await play({ site, sink, signal })
    left = keep && !signal.aborted ? await leave(site) : null
    return { played, left }
  } finally {
    if (left === null) await site.close()
  }
}

const leave = async ({ connect, home, folders }: Site): Promise<string> => {
  const shopUrl = (await connect().status()).edge.url
  leaveUsers(shopUrl)
  return leftRunning({ shopUrl, home, folders })
}

/** The table, and whether all came true; the exit code. */
const conclude = ({ tally, perSecond }: Played, report: DemoReport, sink: Sink): number => {
  const broken = disappointments({
    ...{ report, variants, perSecond, oddAnswers: tally.odd() },
    answersOf: (release) => tally.of(release).answers,
  })
  sink.write(`\n${renderTable(report)}\n\nusers: ${userWords(tally, perSecond)}; ${report.seconds} s in all\n`)
  const example = tally.example()
  for (const words of broken) sink.write(`not as announced: ${words}\n`)
  if (example !== null) sink.write(`  for example ${example}\n`)
  if (broken.length === 0) sink.write('everything went as announced\n')
  return broken.length === 0 ? 0 : 1
}

type Flags = { readonly json?: boolean; readonly keep?: boolean }

/** Null when something was given that the demo does not know. */
const readFlags = (): Flags | null => {
  try {
    return parseArgs({ options: { json: { type: 'boolean' }, keep: { type: 'boolean' } } }).values
  } catch {
    return null // the usage says what there is
  }
}

const onInterrupt = (then: () => void): void => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, then)
}

const main = async (): Promise<number> => {
  const beganAt = performance.now()
  const { out, err } = processTerminal()
  const flags = readFlags()
  if (flags === null) {
    err.write('npm run demo -- [--json] [--keep]\n')
    return 2
  }
  const sink = flags.json ? err : out
  const interruption = new AbortController()
  onInterrupt(() => {
    if (!interruption.signal.aborted) sink.write('\nending what was started …\n')
    interruption.abort()
  })
  const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(longestMs)])
  try {
    const { played, left } = await playAndTidy({ sink, signal, keep: flags.keep ?? false })
    if (interruption.signal.aborted && left === null) return 130
    const report = reportOf(played.views, played.tally, performance.now() - beganAt)
    const exitCode = conclude(played, report, sink)
    if (left !== null) sink.write(`\n${left}\n`)
    if (flags.json) out.write(`${JSON.stringify(report)}\n`)
    return exitCode
  } catch (cause) {
    err.write(`the demo could not go on: ${renderFault(faultOf(cause))}`)
    return interruption.signal.aborted ? 130 : 1
  }
}

// A reader who left (`npm run demo | head`) keeps nobody from tidying up.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.exitCode = await main()
