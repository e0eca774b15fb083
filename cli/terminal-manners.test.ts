// How every command behaves where it is not alone on a terminal: in a pipe, before a reader that has enough, in CI, without
// colours. The commands are those of the program, so that a new one is held to it as well.
import { execFile, spawnSync } from 'node:child_process'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { capturedTerminal } from './captured-terminal.ts'
import type { OutlinedArgument } from './program/outline.ts'
import { outlineOf } from './program/outline.ts'
import { createProgram } from './program/program.ts'
import type { ServedApp } from './served-app.ts'
import { serveApp } from './served-app.ts'
import type { Answer } from './test-place.ts'
import { testPlace } from './test-place.ts'

const outlines = outlineOf(createProgram({ terminal: capturedTerminal(), run: async () => {} })).filter(
  ({ path }) => path.length > 0,
)
const program = fileURLToPath(new URL('./bin/humdrum.js', import.meta.url))

/** A terminal for a command comes from `script`, of util-linux. */
const hasScript = spawnSync('script', ['--version']).status === 0

/** Something to stand for an argument. */
const wordFor = ({ name, value }: OutlinedArgument): string => {
  if (value.kind === 'folder' || value.kind === 'file') return name === 'folder' ? 'home/..' : 'humdrum.yaml'
  if (name === 'rollout') return 'r-1'
  return name === 'environment' ? 'a' : '0123456789ab'
}

let app: ServedApp
beforeAll(async () => {
  app = await serveApp()
}, 60_000)
afterAll(() => app[Symbol.asyncDispose]())

/** A line of shell in the folder of the app, in which `humdrum` is this program. */
const inShell = (line: string, env: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  new Promise((resolve) => {
    const { CI: _, NO_COLOR: __, ...variables } = process.env
    const asked = `humdrum() { '${process.execPath}' '${program}' "$@"; }; export -f humdrum; ${line}`
    const child = execFile(
      'bash',
      ['-c', asked],
      {
        cwd: `${app.place.folder.path}/app`,
        env: {
          ...variables,
          HUMDRUM_HOME: app.place.home,
          TERM: 'xterm',
          NODE_COMPILE_CACHE: `${app.place.home}.compiled`,
          SHELL: '/bin/bash',
          ...env,
        },
        timeout: 25_000,
      },
      (_error, out, err) => resolve({ code: child.exitCode, out, err }),
    )
  })

/** The same on a terminal, whose lines end as those of a terminal do. */
const onTerminal = async (line: string, env: Readonly<Record<string, string>> = {}): Promise<Answer> => {
  const { code, out, err } = await inShell(`script -qefc '${line}' /dev/null </dev/null`, env)
  return { code, out: out.replaceAll('\r\n', '\n'), err }
}

const csi = '\u001b['
/** Whether a cursor would move or a colour change. */
const isPlain = (text: string): boolean => text !== '' && !text.includes('\u001b') && !text.includes('\r')

test.for(outlines)('humdrum $usage is content with a reader that has enough', async ({ path }) => {
  const { err } = await inShell(
    `{ humdrum ${path[0] === 'help' ? 'help' : `${path.join(' ')} --help`}; echo "ended with $?" >&2; } | true`,
  )
  expect(err).toBe('ended with 0\n')
})

test.for(['status', 'history', 'logs', 'schema', 'completion bash'])('so is humdrum %s, after a line', async (line) => {
  const { out, err } = await inShell(`{ humdrum ${line}; echo "ended with $?" >&2; } | head -1`)
  expect(out.trimEnd()).not.toBe('')
  expect(err).toBe('ended with 0\n')
})

test('humdrum logs -f ends with its reader, at the next line', async () => {
  const { edge } = await app.client().status()
  const following = inShell('{ humdrum logs -f --tail 0; echo "ended with $?" >&2; } | head -1')
  const over = following.then(() => true)
  while (!(await Promise.race([over, sleep(50, false)]))) await (await fetch(edge.url)).text()
  expect(await following).toMatchObject({ err: 'ended with 0\n', out: expect.stringContaining(' answers\n') })
})

test.for(outlines.filter(({ options }) => options.some(({ names }) => names.includes('--json'))))(
  'humdrum $usage --json ends in one line of JSON, with its exit code, also where no server is',
  async ({ path, arguments: asked, options }) => {
    const reason = options.some(({ names }) => names.includes('--reason')) ? ' --reason why' : ''
    await using place = testPlace({
      'humdrum.yaml': 'version: 1\napp: shop\nrun: { command: x }\nenvironments: { a: {} }\n',
    })
    const { code, out, err } = await place.run(`${[...path, ...asked.map(wordFor)].join(' ')}${reason} --json`)
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      exit: code,
      ...(code === 0 ? {} : { error: { next: expect.stringMatching(/./) } }),
    })
    expect(out + err).toSatisfy(isPlain)
  },
)

const looking = ['status', 'history', 'logs', 'deploy --wait', 'nosuch']

test.for(looking)('humdrum %s writes lines without escapes to a pipe', async (line) => {
  const { out, err } = await inShell(`humdrum ${line}`)
  expect(out + err).toSatisfy(isPlain)
})

test.skipIf(!hasScript).for(looking)(
  'humdrum %s has no escapes with NO_COLOR or CI on a terminal either',
  async (line) => {
    for (const env of [{ NO_COLOR: '1' }, { CI: 'true' }]) {
      const { out } = await onTerminal(`humdrum ${line}`, env)
      expect(out).toSatisfy(isPlain)
    }
  },
)

test.skipIf(!hasScript)('humdrum status and history have colours on a terminal', async () => {
  expect((await onTerminal('humdrum status')).out).toContain(`${csi}32mSucceeded`)
  expect((await onTerminal('humdrum history')).out).toContain(`${csi}32mSucceeded`)
})
