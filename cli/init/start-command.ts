// How one instance is started: what the folder says about it, the most deliberate word first. Pure.
import type { Manifest } from './manifest.ts'
import type { Survey } from './survey.ts'

/** `source`: where it stands, for a comment and for the one who asked. */
export type StartCommand = { readonly line: string; readonly source: string }

/** Null where nothing says how the app starts. */
export const startCommandOf = (found: Survey): StartCommand | null => {
  const said: readonly (StartCommand | null)[] = [
    named(found.procfile?.web ?? null, 'the line `web:` of Procfile'),
    scriptOf(found),
    fileOf(found),
    named(found.dockerfile?.command ?? null, 'what the Dockerfile starts'),
  ]
  return said.find((one) => one !== null) ?? null
}

/** As long as humdrum.yaml takes one; NUL ends a line for the operating system. */
const named = (line: string | null, source: string): StartCommand | null =>
  line === null || line.trim() === '' || line.length > 4_000 || line.includes('\0') ? null : { line, source }

const scriptOf = ({ manifest, programs }: Survey): StartCommand | null => {
  const start = manifest?.scripts['start']
  if (manifest === null || start === undefined) return null
  const source = '`scripts.start` of package.json'
  const direct = directly(manifest, start, programs)
  return named(direct, source) ?? { line: 'npm start', source }
}

/** Without npm in between: a signal reaches the app, and its exit code is known. Null where npm does more than start it. */
const directly = ({ scripts }: Manifest, start: string, programs: readonly string[]): string | null => {
  const [program = ''] = start.split(/\s/)
  if (scripts['prestart'] !== undefined || scripts['poststart'] !== undefined || /[;&|<>`\n]/.test(start)) return null
  if (program === 'node') return start
  return programs.includes(program) ? `node_modules/.bin/${start}` : null
}

const fileOf = ({ manifest, files }: Survey): StartCommand | null => {
  const main = manifest?.main?.replace(/^\.\//, '') ?? null
  if (main !== null && isPlain(main) && files.includes(main)) {
    return { line: `node ${main}`, source: '`main` of package.json' }
  }
  const server = ['server.js', 'server.mjs', 'server.cjs'].find((name) => files.includes(name))
  return server === undefined ? null : { line: `node ${server}`, source: 'a file of that name' }
}

const isPlain = (path: string): boolean => /^[\w./-]+\.[cm]?[jt]s$/.test(path)

/** A port that the line names itself: all instances would want the same one. */
export const namesPort = (line: string): boolean => /(?:--port|-p)[ =]?\d{2,5}\b|\bPORT=\d/.test(line)
