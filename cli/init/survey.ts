// Looks at the folder of an app, without following links and without changing anything: what tells how it is built and
// started, and what its sources mention. Bounded: a folder of any size is looked at for moments.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Dockerfile } from './dockerfile.ts'
import { parseDockerfile } from './dockerfile.ts'
import { healthPathIn } from './health-path.ts'
import type { Manifest } from './manifest.ts'
import { parseManifest } from './manifest.ts'
import type { Procfile } from './procfile.ts'
import { parseProcfile } from './procfile.ts'

export type Survey = {
  readonly folderName: string
  readonly manifest: Manifest | null
  readonly procfile: Procfile | null
  readonly dockerfile: Dockerfile | null
  /** Relative, with `/`; without what lies in node_modules and in hidden folders. */
  readonly files: readonly string[]
  /** Names of the folders right below. */
  readonly folders: readonly string[]
  /** What node_modules/.bin holds. */
  readonly programs: readonly string[]
  readonly healthPath: string | null
  /** Whether a source reads the variable in which an instance gets its port. */
  readonly mentionsPort: boolean
}

const mostFiles = 5_000
const mostSources = 1_000
const mostBytes = 256 * 1_024

export const survey = (folder: string): Survey => {
  const files = filesIn(folder)
  const read = (name: string): string | null => textOf(join(folder, name))
  const [manifest, procfile, dockerfile] = [read('package.json'), read('Procfile'), read('Dockerfile')]
  const sources = files
    .filter(isSource)
    .slice(0, mostSources)
    .map((name) => read(name) ?? '')
  return {
    folderName: basename(folder),
    manifest: manifest === null ? null : parseManifest(manifest),
    procfile: procfile === null ? null : parseProcfile(procfile),
    dockerfile: dockerfile === null ? null : parseDockerfile(dockerfile),
    files,
    folders: entriesOf(folder)
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name),
    programs: entriesOf(join(folder, 'node_modules/.bin')).map(({ name }) => name),
    healthPath: healthPathIn([...sources, dockerfile ?? '']),
    mentionsPort: sources.some((text) => /\bPORT\b/.test(text)),
  }
}

const filesIn = (folder: string): readonly string[] => {
  const files: string[] = []
  const folders = ['']
  // Breadth first: what lies high up tells most.
  for (let at = folders.shift(); at !== undefined && files.length < mostFiles; at = folders.shift()) {
    for (const entry of entriesOf(join(folder, at))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isFile()) files.push(path)
      else if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') folders.push(path)
    }
  }
  return files
}

/** Sorted, so that the same folder is described by the same words everywhere. */
const entriesOf = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1))
  } catch {
    return [] // not there, or not ours to look into
  }
}

/** What a test asks for need not be what the app answers. */
const isSource = (path: string): boolean =>
  /\.([cm]?[jt]sx?|py|rb|go|php|java|kt|rs|ex|exs|cs)$/.test(path) &&
  !/(^|\/)(tests?|specs?|__tests__|e2e|vendor|dist|build|out)\/|[._-](test|spec)\.[a-z]+$|_test\.go$/.test(path)

const textOf = (file: string): string | null => {
  try {
    return existsSync(file) && statSync(file).size <= mostBytes ? readFileSync(file, 'utf8') : null
  } catch {
    return null // a folder of that name, or not ours to read
  }
}
