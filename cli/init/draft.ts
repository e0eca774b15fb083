// From what was found in a folder to what humdrum.yaml will say, and what its reader should look at once more. Pure.
import { appNameOf } from './app-name.ts'
import type { StartCommand } from './start-command.ts'
import { namesPort, startCommandOf } from './start-command.ts'
import type { Survey } from './survey.ts'

export type Draft = {
  readonly app: string
  readonly build: { readonly run: string; readonly output: string; readonly likely: string | null } | null
  readonly ignore: readonly string[]
  /** Null: the one line that somebody has to fill in. */
  readonly command: StartCommand | null
  readonly healthPath: string
  /** What the app is said to need, as comments. */
  readonly hints: readonly string[]
  readonly found: readonly string[]
  readonly check: readonly string[]
}

export const draftOf = (found: Survey): Draft => {
  const start = startCommandOf(found)
  const build = buildOf(found, start)
  // The output alone is deployed: the command starts in it.
  const command = build !== null && start !== null && build.output !== '.' ? startedIn(build.output, start) : start
  return {
    app: appNameOf([found.manifest?.name ?? null, found.folderName]),
    build,
    ignore: secretsOf(found.files),
    command,
    healthPath: found.healthPath ?? '/',
    hints: hintsOf(found),
    found: foundWords(found, command),
    check: checksOf(found, command),
  }
}

const outputs = ['dist', 'build', 'out', '.next', '.output']

/** The folder itself, unless the start says that the output needs nothing beside it. */
const buildOf = ({ manifest, folders }: Survey, start: StartCommand | null): Draft['build'] => {
  if (manifest?.scripts['build'] === undefined) return null
  const run = 'npm run build'
  const output = outputs.find((name) => start !== null && startedIn(name, start) !== start)
  if (output !== undefined && manifest.dependencies.length === 0) return { run, output, likely: null }
  const next = manifest.dependencies.includes('next') ? '.next' : null
  return { run, output: '.', likely: output ?? outputs.find((name) => folders.includes(name)) ?? next }
}

/** `node dist/server.js`, started in dist, is `node server.js`. */
const startedIn = (output: string, start: StartCommand): StartCommand => {
  const match = /^(node (?:-\S+ )*)(?:\.\/)?([^\s/]+)\/([\w./-]+)$/.exec(start.line)
  return match?.[2] === output ? { ...start, line: `${match[1]}${match[3]}` } : start
}

const secretsOf = (files: readonly string[]): readonly string[] => {
  const secrets = files.filter((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return /^\.env(\.|$)/.test(name) && !/\.(example|sample|template|dist|defaults)$/.test(name)
  })
  const isPlain = secrets.length <= 20 && secrets.every((path) => /^[\w./-]+$/.test(path))
  return secrets.length === 0 || isPlain ? secrets : ['**/.env', '**/.env.*']
}

const hintsOf = ({ procfile, dockerfile }: Survey): readonly string[] => [
  ...(procfile === null || procfile.others.length === 0
    ? []
    : [`Procfile also has ${procfile.others.join(', ')}: Humdrum runs what takes requests, and nothing else yet.`]),
  ...(dockerfile === null || dockerfile.ports.length === 0
    ? []
    : [`Dockerfile exposes ${dockerfile.ports.join(', ')}: here the port of an instance is the one in PORT.`]),
  ...(dockerfile === null || dockerfile.variables.length === 0
    ? []
    : [`Dockerfile sets ${dockerfile.variables.join(', ')}: what the app needs of it belongs under env.`]),
]

const foundWords = ({ manifest, procfile, dockerfile }: Survey, command: StartCommand | null): readonly string[] => {
  const files = [
    ...(manifest === null ? [] : ['package.json']),
    ...(procfile === null ? [] : ['Procfile']),
    ...(dockerfile === null ? [] : ['Dockerfile']),
  ]
  const start = command === null ? [] : [`${command.line}, from ${command.source}`]
  return [files.length === 0 ? 'no package.json, Procfile or Dockerfile' : files.join(', '), ...start]
}

const checksOf = (found: Survey, command: StartCommand | null): readonly string[] => [
  ...(command === null
    ? ['run.command: nothing here says how the app starts; fill in that line']
    : portChecks(found, command)),
  ...(found.healthPath === null
    ? ['run.health.path: no source mentions one such as /healthz, so it is /; it must answer 2xx']
    : []),
  ...(found.manifest !== null && found.manifest.dependencies.length > 0 && !found.folders.includes('node_modules')
    ? ['node_modules is part of the artifact and is not there: npm ci before the first deploy']
    : []),
]

const portChecks = ({ mentionsPort }: Survey, { line }: StartCommand): readonly string[] => {
  if (namesPort(line)) return ['run.command names a port itself: write "$PORT" there, every instance gets its own']
  return mentionsPort || line.includes('PORT')
    ? []
    : ['that the app listens on the port in PORT: no source mentions it']
}
