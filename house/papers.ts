// What holds for the texts: links lead somewhere, commands exist, and nobody has to read for long.
import { linesOf } from './size.ts'
import type { Rule, SourceFile, Violation } from './source.ts'

const maxArchitectureLines = 300
const maxDecisionLines = 60

const isText = (path: string): boolean => path.endsWith('.md')
const isDecision = (path: string): boolean => path.startsWith('decisions/')

/** Lines of a text with their numbers, without blocks of code. */
const proseOf = (text: string): readonly { readonly line: number; readonly words: string }[] => {
  let fenced = false
  return text.split('\n').flatMap((words, index) => {
    if (/^\s*(```|~~~)/.test(words)) fenced = !fenced
    return fenced || /^( {4}|\t)/.test(words) ? [] : [{ line: index + 1, words: words.replace(/`[^`]*`/g, '') }]
  })
}

const linksIn = (words: string): readonly string[] =>
  [...words.matchAll(/\]\(\s*<?([^)>\s]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

const pathFrom = (from: string, link: string): string => {
  const target = decodeURIComponent(link.replace(/[#?].*$/, ''))
  const parts = target.startsWith('/') ? [] : from.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** Every link to a file of the repository finds it. */
export const linksLeadSomewhere: Rule = (files) => {
  const known = new Set(
    files.flatMap(({ path }) => path.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'))),
  )
  return files
    .filter(({ path }) => isText(path))
    .flatMap(({ path, text }) =>
      proseOf(text).flatMap(({ line, words }) =>
        linksIn(words)
          .filter((link) => !/^([a-z][a-z+.-]*:|#|\/\/)/i.test(link))
          .filter((link) => !known.has(pathFrom(path, link)) && pathFrom(path, link) !== '')
          .map((link) => ({ path, line, what: `links to '${link}'`, why: 'there is no such file' })),
      ),
    )
}

const scriptsOf = (files: readonly SourceFile[]): ReadonlySet<string> => {
  const manifest = files.find(({ path }) => path === 'package.json')
  const { scripts = {} } = JSON.parse(manifest?.text ?? '{}') as { scripts?: Record<string, string> } // npm reads it as well
  return new Set(Object.keys(scripts))
}

/** Every `npm run` that a text tells people to type is there. */
export const commandsExist: Rule = (files) => {
  const scripts = scriptsOf(files)
  return files
    .filter(({ path }) => isText(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((words, index) =>
        [...words.matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)]
          .map((match) => match[1] ?? '')
          .filter((script) => !scripts.has(script))
          .map((script) => ({
            path,
            line: index + 1,
            what: `npm run ${script}`,
            why: 'package.json has no such script',
          })),
      ),
    )
}

/** In the last cell of a row: tests as "names", each behind the `file` that it is in. */
const testsNamedIn = (row: string): readonly { readonly file: string; readonly name: string }[] => {
  let file = ''
  const cell = row.split(' | ').at(-1) ?? ''
  return [...cell.matchAll(/`([^`]+\.test\.ts)`|"([^"]+)"/g)].flatMap(([, path, name]) => {
    file = path ?? file
    return name === undefined ? [] : [{ file, name }]
  })
}

/** What docs/hazards.md says is tested is tested: a test that is renamed or gone would leave a promise behind. */
export const hazardsNameTests: Rule = (files) => {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  return files
    .filter(({ path }) => path === 'docs/hazards.md')
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((words, index) =>
          (words.startsWith('| ') ? testsNamedIn(words) : [])
            .filter(({ file, name }) => texts.get(file)?.includes(name) !== true)
            .map(({ file, name }) => ({ path, line: index + 1, what: `"${name}"`, why: `${file} has no such test` })),
        ),
    )
}

const tooLong = ({ path, text }: SourceFile, limit: number): readonly Violation[] =>
  linesOf(text) > limit ? [{ path, what: `${linesOf(text)} lines`, why: `at most ${limit}, or nobody reads it` }] : []

/** ARCHITECTURE.md is read at a sitting. */
export const architectureIsShort: Rule = (files) =>
  files.filter(({ path }) => path === 'ARCHITECTURE.md').flatMap((file) => tooLong(file, maxArchitectureLines))

/** A decision record is short, numbered, and names what would tell us that it no longer holds. */
export const decisionsNameTheirCheck: Rule = (files) =>
  files
    .filter(({ path }) => isDecision(path))
    .flatMap((file) => [
      ...tooLong(file, maxDecisionLines),
      ...(/^decisions\/\d{4}-[a-z0-9-]+\.md$/.test(file.path)
        ? []
        : [{ path: file.path, what: 'its name', why: 'records are numbered: decisions/0007-what-was-decided.md' }]),
      ...(/^## Check$/m.test(file.text)
        ? []
        : [
            {
              path: file.path,
              what: 'names no check',
              why: 'a section `## Check` says which test or command holds the decision',
            },
          ]),
    ])
