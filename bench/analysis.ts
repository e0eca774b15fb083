// `npm run bench:analysis -- [--runs 2000] [--seed 1] [--only PART] [--threads 2] [--long] [--json]
// [--write docs/analysis.md]`: how soon the judges find a worse release, how often they stop a good one, and what other systems do
// on the same requests. Prints tables in Markdown, and writes them into a text where they have a place; with --json the last line is one
// object. Exit 1 when a bar is missed, and it is named.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { chosen } from './analysis/all-cases.ts'
import { verdicts } from './analysis/bars.ts'
import type { Cost } from './analysis/cost.ts'
import { costs } from './analysis/cost.ts'
import { simulate } from './analysis/pool.ts'
import { printed } from './analysis/report.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    /** `detect`, `null`, `promote`, `cost`, or a part of a case's name, as `peers` or `latency: p99`. */
    only: { type: 'string' },
    threads: { type: 'string', default: String(Math.min(2, cpus().length)) },
    /** Good releases over 1,000,000 requests as well: three times as long. */
    long: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** A text with the two marks between which the tables go. */
    write: { type: 'string' },
  },
})

const countOf = (text: string, option: string): number => {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`--${option} takes a whole number from 1, not '${text}'`)
  return count
}

const collector = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void // what the flag puts there
}

const [begin, end] = ['<!-- figures -->\n', '<!-- end of figures -->']

const between = (page: string, tables: string): string => {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`a place for the tables begins with ${begin.trim()} and ends with ${end}`)
  return `${page.slice(0, from + begin.length)}${tables}\n${page.slice(to)}`
}

const say = (text: string): boolean => process.stdout.write(text)

const main = async (): Promise<void> => {
  const only = values.only ?? null
  const measured: readonly Cost[] = only === null || only === 'cost' ? costs(collector()) : []
  const cases = only === 'cost' ? [] : chosen({ only, long: values.long })
  if (cases.length === 0 && measured.length === 0) throw new Error(`there is no case '${only}'`)
  const began = performance.now()
  let told = 0
  const cells = await simulate({
    ...{ cases, runs: countOf(values.runs, 'runs'), seed: countOf(values.seed, 'seed') },
    threads: countOf(values.threads, 'threads'),
    progress: (share) => {
      if (share < told + 0.05) return
      told = share
      process.stderr.write(`${Math.round(100 * share)} % after ${Math.round((performance.now() - began) / 1_000)} s\n`)
    },
  })
  const bars = verdicts(cells, measured)
  const text = printed({ cells, costs: measured, verdicts: bars })
  say(text)
  if (values.write !== undefined) writeFileSync(values.write, between(readFileSync(values.write, 'utf8'), text))
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
  say(`\n${machine.cores} × ${machine.cpu}, node ${machine.node}, ${values.runs} runs, seed ${values.seed}\n`)
  for (const { bar, reached } of bars.filter(({ isMissed }) => isMissed)) say(`MISS  ${bar}: ${reached}\n`)
  if (values.json) say(`${JSON.stringify({ machine, cells, costs: measured })}\n`)
  if (bars.some(({ isMissed }) => isMissed)) process.exitCode = 1
}

await main()
