// Types every command that README.md and docs/ tell people to type, in their order, and looks at how it ends: npm run
// test:docs. What a page cannot know (a digest, a free port) and what a machine like this one cannot do stands in two tables.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from './commands.ts'
import type { Typed } from './console-blocks.ts'
import { consoleBlocks } from './console-blocks.ts'
import type { Scene, State } from './docs-scene.ts'
import {
  changeApp,
  clearScene,
  humdrum,
  makeScene,
  newestIn,
  observe,
  prepare,
  statusOf,
  variant,
} from './docs-scene.ts'

const checkout = join(import.meta.dirname, '..')

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Not typed, and why. One that stands in no text any more is a mistake. */
const notTyped: readonly { readonly line: RegExp; readonly why: string }[] = [
  {
    line: /^(sudo )?humdrum service (install|uninstall)\b(?!.*--dry-run)/,
    why: 'it would hand this machine to systemd; npm run test:service boots one for it',
  },
  {
    line: /^(sudo (-u humdrum|useradd|systemctl)|systemctl|journalctl)\b/,
    why: 'it is for a machine that has the service, as that of npm run test:service',
  },
  {
    line: /^humdrum completion fish \| source/,
    why: 'it is a line of fish; cli/commands/completion.test.ts tries it there',
  },
]

/** CI types them elsewhere. */
const typedElsewhere = /^npm (ci|test|run)\b/

/** What a command must find. The first that fits; a command that fits none finds a release. */
const needs: readonly (readonly [line: RegExp, state: State])[] = [
  [/^humdrum (--version|help|schema|completion|validate|init|analyze)\b/, 'nothing'],
  [/^humdrum (up|service)\b/, 'no server'],
  [/^humdrum down\b/, 'nothing'],
  [/^humdrum (abort|pause|promote)\b/, 'a rollout'],
  [/^humdrum resume\b/, 'a paused rollout'],
  [/^humdrum retry\b/, 'an aborted rollout'],
  [/^humdrum lift\b/, 'a rejection'],
  [/^humdrum\b/, 'a release'],
  [/^/, 'nothing'],
]

/** They go on until Ctrl-C; a retry here is of a rollout that takes its time. */
const goesOn = /^humdrum (up\b(?!.*--detach)|.* (-f|--follow|-w|--watch)\b|retry\b.*--wait)/

/** What a page cannot know, put in its place. */
const asTyped = async (scene: Scene, line: string, rejected: string | null): Promise<string> => {
  const observation = /\bo-\d+\b/.test(line) ? await observe(scene) : null
  const status = await statusOf(scene)
  const newest = newestIn(scene, status)
  const digest = (rejected ?? newest?.artifact ?? '').replace('sha256:', '').slice(0, 12)
  const places: readonly (readonly [RegExp, string])[] = [
    [/\s--(edge-)?port[ =]\d+/g, ''],
    [/^humdrum up\b/, 'humdrum up --port 0 --edge-port 0'], // 7700 and 8080 may be somebody's
    [/\/srv\/humdrum\b/g, join(scene.root, 'other-home')],
    [/^npx (--prefix \S+ )?humdrum\b/, 'humdrum'],
    [/^humdrum observe (?=.*--candidate)/, `humdrum observe --file ${join(scene.root, 'observed.yaml')} `],
    [/\bo-\d+\b/g, observation ?? ''],
    [/\br-\d+\b/g, newest?.id ?? 'r-1'],
    [/\b(DIGEST|[0-9a-f]{12})\b/g, digest],
    [/(?<=--version )(NAME|v\d+)\b/g, `docs-${scene.releases}`],
    [/(?<=--release )\S+/g, newest?.release ?? ''],
    [/(?<=--to )\S+/g, newest?.from ?? ''],
    [/(?<= (status|logs|history|--app) )shop\b/g, newest?.app ?? 'shop'],
    [/(http:\/\/)?(localhost|127\.0\.0\.1):8080/g, status?.edge.url ?? ''],
    [/(http:\/\/)?(localhost|127\.0\.0\.1):7700/g, status?.server.url ?? ''],
  ]
  const typed = places.reduce((text_, [from, to]) => text_.replace(from, to), line)
  // The steps of a page take minutes; what is waited for here is the same, in seconds.
  return /^humdrum deploy\b.*--wait/.test(typed) && !typed.includes('--file')
    ? typed.replace(/(\s+#.*)?$/, ` --file ${variant(scene)}$1`)
    : typed
}

type Ended = { readonly code: number | null; readonly said: string }

/** As a person would: the folder that a line leads to is where the next one is typed. */
const type = async (scene: Scene, line: string): Promise<Ended> => {
  const told = join(scene.root, 'cwd')
  const asked = `${line}\ncode=$?; pwd > '${told}'; exit $code`
  const { code, output, errors } = await run('bash', ['-c', asked], { cwd: scene.cwd, env: scene.env })
  if (existsSync(told)) scene.cwd = readFileSync(told, 'utf8').trim()
  return { code, said: output + errors }
}

/** Until it has said something, then Ctrl-C. */
const typeAndLeave = async (scene: Scene, line: string): Promise<Ended> => {
  const child = spawn('bash', ['-c', line], {
    cwd: scene.cwd,
    env: scene.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = text(child.stdout)
  const exit = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), exit, wait(10_000, null, { ref: false })])
  await wait(500) // nobody presses Ctrl-C within the first word
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
  const [code] = (await exit) as [number | null] // as Node documents the event
  return { code, said: await said }
}

const tryLine = async (scene: Scene, { place, line }: Typed): Promise<void> => {
  const reason = notTyped.find((one) => one.line.test(line))?.why
  if (reason !== undefined || typedElsewhere.test(line)) return say(`- ${place}  ${line}   (${reason ?? 'CI does it'})`)
  if (/^sudo\b/.test(line))
    throw new Error(`${place}  ${line}\n  list it in ci/docs.ts, with the reason why it cannot be typed here`)
  const [, state] = needs.find(([fits]) => fits.test(line)) ?? [null, 'nothing' as const]
  if (/^humdrum init\b(?! \w)/.test(line)) rmSync(join(scene.cwd, 'humdrum.yaml'), { force: true })
  const rejected = await prepare(scene, state)
  if (/^humdrum (deploy|plan)\b/.test(line)) changeApp(scene)
  const typed = await asTyped(scene, line, rejected)
  const { code, said } = goesOn.test(line) ? await typeAndLeave(scene, typed) : await type(scene, typed)
  if (code !== 0) throw new Error(`${place}  ${line}\n  typed as: ${typed}\n  ended with ${code}\n${said}`)
  say(`✓ ${place}  ${typed}`)
}

const pages = (): readonly string[] => [
  'README.md',
  ...readdirSync(join(checkout, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
]

const main = async (): Promise<void> => {
  const scene = makeScene()
  const blocks = pages().map((page) => consoleBlocks(page, readFileSync(join(checkout, page), 'utf8')))
  const all = blocks.flat().flatMap(({ commands }) => commands)
  try {
    for (const { line } of notTyped.filter((one) => !all.some((typed) => one.line.test(typed.line))))
      throw new Error(`no text has ${line} any more: take it out of ci/docs.ts`)
    for (const page of blocks) {
      scene.cwd = scene.app // each page is read by itself
      for (const typed of page.flatMap(({ commands }) => commands)) await tryLine(scene, typed)
    }
    await humdrum(scene, 'down')
    say(`${all.length} commands`)
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`)
    process.exitCode = 1
  } finally {
    clearScene(scene)
  }
}

if (import.meta.main) await main()
