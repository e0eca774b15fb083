// A draft as the text of a humdrum.yaml that explains itself. Whatever stands in the draft, the text is a valid file: names
// and commands come from anybody. Pure.
import { visible } from '@humdrum/contract/config/problem.ts'
import type { Draft } from './draft.ts'

export const configText = (draft: Draft): string =>
  `${[head(draft), build(draft), ignore(draft), run(draft), environments].flat().join('\n')}\n`

const head = ({ app }: Draft): readonly string[] => [
  '# How Humdrum builds, runs and exposes this app. Written by humdrum init from what it found: change what is not so.',
  '# humdrum validate checks this file, humdrum schema tells every key.',
  'version: 1',
  `app: ${scalar(app)}`,
  '',
]

const build = ({ build: made }: Draft): readonly string[] => {
  if (made === null) {
    return ['# build: { run: make, output: out }   # none was found: this folder is deployed as it is', '']
  }
  const where = made.output === '.' ? '# the folder itself, with all that the app needs beside what is built' : ''
  const likely =
    made.likely === null
      ? []
      : [`  # output: ${made.likely}   # instead, if that alone runs; run.command then starts in it`]
  return [
    'build: # humdrum deploy does it, where you are',
    `  run: ${scalar(made.run)}`,
    `  output: ${made.output} ${where}`.trimEnd(),
    ...likely,
    '',
  ]
}

const ignore = ({ ignore: globs }: Draft): readonly string[] => [
  '# What does not become part of the artifact. .git never does; node_modules does: the app starts from what is sent.',
  ...(globs.length === 0
    ? ['# ignore: [".env*", "test/**"]']
    : [
        'ignore:',
        ...globs.map((glob) => `  - ${JSON.stringify(glob)} # may hold secrets: see run.env`),
        '  # - "test/**"',
      ]),
  '',
]

const run = ({ command, healthPath, hints }: Draft): readonly string[] => [
  'run:',
  ...hints.map((hint) => `  # ${visible(hint)}`),
  command === null ? '  # FILL IN: how one instance starts.' : `  # From ${visible(command.source)}.`,
  '  # It listens on the port in the variable PORT: every instance gets its own.',
  `  command: ${command === null ? 'node server.js' : scalar(command.line)}`,
  '  # env: { LOG_LEVEL: info, DB: "${env:SHOP_DB}" }   # ${env:NAME}: a variable of the server, read at every start',
  `  health: { path: ${healthPath} } # answers 2xx as soon as an instance can take requests`,
  '',
]

const environments: readonly string[] = [
  'environments:',
  '  production:',
  '    target: { kind: process, instances: 2 }',
  '    # Without a rollout section: 1 %, 5 %, 25 % and 50 % of the requests, at least 200 and 2 minutes each, then 30 minutes',
  '    # of baking. A step that does not see its requests waits for a person: with little traffic say less, such as',
  '    # rollout:',
  '    #   steps: [{ setWeight: 25% }, { setWeight: 50% }]',
  '    #   analysis: { minExposure: { requests: 50, time: 30s } }',
  '    #   bake: { for: 5m }',
]

/** Plain where YAML reads it as the same text, in quotes everywhere else. */
const scalar = (text: string): string =>
  /^[A-Za-z_][\w ./@+=$-]*$/.test(text) && !/ $|^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text)
