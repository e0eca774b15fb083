// humdrum.yaml, from text or from a value that came over the wire, to an AppConfig; or everything that is wrong with it,
// each with its place. Never throws for what somebody wrote.
import { failed, ok, type Result } from '@humdrum/core/errors.ts'
import type { z } from 'zod'
import type { AppConfig } from './app-config.ts'
import { type Problem, quoted, visible } from './problem.ts'
import { readYaml, type YamlFile } from './read-yaml.ts'
import { configSchema } from './schema.ts'
import { fromMessage, type Sentence, sentenceFor } from './sentences.ts'

export type ParsedConfig = {
  readonly ok: true
  readonly config: AppConfig
  /** What the file says, as JSON: the form in which a config goes to the server, which reads it with `parseConfigValue`. */
  readonly value: unknown
  /** `humdrum.yaml:14:3` of the value at a path. */
  readonly placeOf: (path: readonly PropertyKey[]) => string
}

export type ConfigProblems = { readonly ok: false; readonly problems: readonly Problem[] }

/** More than this many help nobody; the last one says how many there are. */
const mostProblems = 50

/** Reads the text of a humdrum.yaml. All problems come at once, in the order of the file. */
export const parseConfig = (text: string, fileName: string): ParsedConfig | ConfigProblems => {
  const file = readYaml(text)
  const placeAt = (offset: number): string => `${visible(fileName)}:${file.position(offset)}`
  if (!file.ok) {
    return problemsOf(
      file.flaws.map((flaw) => ({ ...flaw, code: 'HD2002' as const })),
      placeAt,
    )
  }
  if (file.value === null || file.value === undefined) {
    const hint = 'write version: 1 and go on from there: docs/humdrum-yaml.md shows a whole file'
    return problemsOf([{ offset: 0, message: 'the file is empty', hint, code: 'HD2003' }], placeAt)
  }
  const read = configSchema.safeParse(file.value, { error: sentenceFor })
  if (read.success) {
    return { ok: true, config: read.data, value: file.value, placeOf: (path) => placeAt(file.offsetOf(path)) }
  }
  return problemsOf(
    findingsOf(read.error.issues).map((found) => inFile(found, file)),
    placeAt,
  )
}

/** Reads the value of a whole humdrum.yaml, as the server does at its border. The fault is the first problem, HD2003. */
export const parseConfigValue = (value: unknown): Result<AppConfig> => {
  const read = configSchema.safeParse(value, { error: sentenceFor })
  if (read.success) return ok(read.data)
  const found = findingsOf(read.error.issues)
  const more = found.length > 1 ? `, and ${found.length - 1} more` : ''
  const [first] = found
  if (first === undefined) throw new Error('the schema refused a config and gave no reason')
  return failed('HD2003', `${first.message}${first.hint === undefined ? '' : ` (${first.hint})`}${more}`, {
    place: pathText(first.path),
  })
}

/** One thing that is wrong: with the value at a path, or with the key at its end. */
type Finding = {
  readonly path: readonly PropertyKey[]
  readonly at: 'key' | 'value'
  readonly message: string
  readonly hint?: string
}

type Located = {
  readonly offset: number
  readonly message: string
  readonly hint?: string
  readonly code: Problem['code']
}

const inFile = ({ path, at, ...words }: Finding, file: YamlFile): Located => ({
  ...words,
  offset: at === 'key' ? file.offsetOfKey(path) : file.offsetOf(path),
  code: 'HD2003',
})

const problemsOf = (located: readonly Located[], placeAt: (offset: number) => string): ConfigProblems => {
  const ordered = located.toSorted((left, right) => left.offset - right.offset)
  const problems = ordered.map(({ offset, ...words }) => ({ place: placeAt(offset), ...words }))
  const [cut] = problems.slice(mostProblems)
  if (cut === undefined) return { ok: false, problems }
  const rest = problems.length - mostProblems
  return {
    ok: false,
    problems: [
      ...problems.slice(0, mostProblems),
      { place: cut.place, message: `and ${rest} more from here on`, code: cut.code },
    ],
  }
}

/** A mapping with an unknown key is not judged as a whole as well: what it lacks is most likely what was misspelt. */
const findingsOf = (issues: readonly z.core.$ZodIssue[]): readonly Finding[] => {
  const misspelt = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => pathText(path)))
  return issues.filter(({ code, path }) => code !== 'custom' || !misspelt.has(pathText(path))).flatMap(findings)
}

const findings = (issue: z.core.$ZodIssue): readonly Finding[] => {
  const { path } = issue
  if (issue.code === 'invalid_union') return unionFindings(issue)
  const sentences = fromMessage(issue.message)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key, index) => {
      const { says, hint } = sentences[index] ?? { says: `unknown key ${quoted(key)}` }
      return {
        path: [...path, key],
        at: 'key',
        message: path.length === 0 ? says : `${says} in ${pathText(path)}`,
        ...hinted(hint),
      }
    })
  }
  const [sentence = { says: 'is not valid' }] = sentences
  return [about(path, sentence, issue.code === 'invalid_key' ? 'key' : 'value')]
}

/** The form that was meant is the one whose kind fits; where none does, the union says so itself. */
const unionFindings = (issue: z.core.$ZodIssueInvalidUnion): readonly Finding[] => {
  const meant = issue.errors.find(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  )
  if (meant !== undefined) return findingsOf(meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })))
  const [sentence = { says: 'is not valid' }] = fromMessage(issue.message)
  return [about(issue.path, sentence, 'value')]
}

const about = (path: readonly PropertyKey[], { says, hint }: Sentence, at: Finding['at']): Finding => ({
  path,
  at,
  message: `${path.length === 0 ? 'the file' : pathText(path)} ${says}`,
  ...hinted(hint),
})

const hinted = (hint: string | undefined): { readonly hint?: string } => (hint === undefined ? {} : { hint })

/** `environments.production.rollout.steps[0].setWeight`. */
const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`
      const name = String(segment)
      const word = /^[A-Za-z0-9_-]{1,60}$/.test(name) ? name : quoted(name)
      return index === 0 ? word : `.${word}`
    })
    .join('')
