// Whether the tests of the statistics would notice a mistake: changes each file of core/analysis in every small way that Stryker
// knows, and runs the file's own tests on each. `npm run test:mutants -- [FILE…]`; exit 1 when fewer than 90 % are noticed.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const checkout = join(import.meta.dirname, '..')
const least = 0.9

/** Not mutated, and why. */
const left: Readonly<Record<string, string>> = {
  'core/analysis/engines/golden-vectors.ts': 'it compares in tests',
}

/** As Stryker writes it; more fields are there. */
type Reported = {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>
}

type Mutant = {
  readonly status: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: { readonly start: Place; readonly end: Place }
}

type Place = { readonly line: number; readonly column: number }

type Score = { readonly file: string; readonly noticed: number; readonly survivors: readonly string[] }

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** What holds the engines against the golden vectors is each one's test. */
const vectors = 'core/analysis/engines/golden-vectors.test.ts'

/** Its twin, and of what has none all tests of the folder. */
const testsOf = (file: string): readonly string[] => {
  const twin = file.replace(/\.ts$/, '.test.ts')
  if (!existsSync(join(checkout, twin))) return globSync(`${dirname(file)}/*.test.ts`, { cwd: checkout })
  return dirname(file) === dirname(vectors) ? [...new Set([twin, vectors])] : [twin]
}

/** Null when Stryker could not try it. */
const scoreOf = (file: string): Score | null => {
  const { status, stdout } = spawnSync('npx', ['stryker', 'run', '--mutate', file], {
    cwd: checkout,
    env: { ...process.env, MUTANTS_TESTS: testsOf(file).join(',') },
    encoding: 'utf8',
  })
  if (status !== 0) {
    say(`not tried  ${file}\n${stdout}`)
    return null
  }
  const { files } = JSON.parse(readFileSync(join(checkout, 'dist/mutants.json'), 'utf8')) as Reported
  const { mutants = [], source = '' } = files[file] ?? {}
  const survivors = mutants.filter(({ status: fate }) => fate === 'Survived' || fate === 'NoCoverage')
  const noticed = mutants.filter(({ status: fate }) => fate === 'Killed' || fate === 'Timeout').length
  return { file, noticed, survivors: survivors.map((mutant) => told(source, mutant)) }
}

/** `42: x > 1 → x >= 1` */
const told = (source: string, { location: { start, end }, replacement = '' }: Mutant): string => {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const cut = lines.map((line, index) =>
    line.slice(index === 0 ? start.column - 1 : 0, index === lines.length - 1 ? end.column - 1 : undefined),
  )
  const oneLine = (text: string): string => text.replace(/\s+/g, ' ')
  return `${start.line}: ${oneLine(cut.join(' '))} → ${oneLine(replacement)}`
}

const percent = (noticed: number, missed: number): string => `${((100 * noticed) / (noticed + missed)).toFixed(1)} %`

const main = (asked: readonly string[]): void => {
  const all = globSync('core/analysis/**/*.ts', { cwd: checkout, exclude: ['**/*.test.ts', '**/*.arbitrary.ts'] })
  const files = (asked.length > 0 ? asked : all).filter((file) => left[file] === undefined).toSorted()
  let [noticed, missed] = [0, 0]
  for (const file of files) {
    const score = scoreOf(file)
    if (score === null) process.exitCode = 1
    if (score === null || score.noticed + score.survivors.length === 0) continue // nothing but types
    noticed += score.noticed
    missed += score.survivors.length
    say(`${percent(score.noticed, score.survivors.length)}  ${file}`)
    for (const survivor of score.survivors) say(`         ${survivor}`)
  }
  say(`${percent(noticed, missed)} of ${noticed + missed} mutants were noticed`)
  if (!(noticed >= least * (noticed + missed))) process.exitCode = 1
}

if (import.meta.main) main(process.argv.slice(2))
