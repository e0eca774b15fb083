import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { AppConfig } from '@humdrum/contract/config/app-config.ts'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import type { ReadEntry } from 'tar'
import { Parser } from 'tar'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { chooseOutput, packFolder } from './pack.ts'

const configWith = (more: string): AppConfig => {
  const run = 'run: { command: "true", health: { path: / } }'
  const parsed = parseConfig(
    `version: 1\napp: shop\n${run}\nenvironments: { production: {} }\n${more}\n`,
    'humdrum.yaml',
  )
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join())
  return parsed.config
}

type Entry = { readonly path: string; readonly mode: number; readonly content: string }

/** What the tar of a folder holds, without its folders: files with their text, links as `-> target`. */
const entriesOf = async (config: AppConfig, folder: string): Promise<readonly Entry[]> => {
  const entries: Promise<Entry>[] = []
  const read = async (entry: ReadEntry): Promise<Entry> => {
    const content = entry.type === 'SymbolicLink' ? `-> ${entry.linkpath}` : await text(entry)
    return { path: entry.path.replace(/^\.\//, ''), mode: entry.mode ?? 0, content }
  }
  const parser = new Parser({
    onReadEntry: (entry) => {
      if (entry.type !== 'Directory') entries.push(read(entry))
      if (entry.type !== 'File') entry.resume()
    },
  })
  const { tar } = packFolder(await chooseOutput(config, folder), () => {})
  for await (const piece of tar) parser.write(Buffer.from(piece))
  parser.end()
  return Promise.all(entries)
}

const packed = async (config: AppConfig, folder: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await entriesOf(config, folder)).map(({ path, content }) => [path, content]))

test('packs the folder itself where nothing is built', async () => {
  using folder = temporaryFolder({ 'server.js': 'serve()', 'public/a.css': 'a' })
  expect(await packed(configWith(''), folder.path)).toEqual({ 'server.js': 'serve()', 'public/a.css': 'a' })
})

test('leaves out what is ignored, and git, at any depth', async () => {
  using folder = temporaryFolder({
    'server.js': '',
    'node_modules/x/index.js': '',
    'notes.md': '',
    'docs/deep/notes.md': '',
    'docs/keep.txt': '',
    '.git/HEAD': '',
    'vendored/.git/HEAD': '',
    '.gitignore': '',
  })
  const config = configWith('ignore: [node_modules/, "**/*.md"]')
  expect(Object.keys(await packed(config, folder.path)).sort()).toEqual(['.gitignore', 'docs/keep.txt', 'server.js'])
})

test('ignores hidden files like others', async () => {
  using folder = temporaryFolder({ 'a.js': '', 'config/.env': '', '.cache/x': '', '.npmrc': '', 'deep/.env.local': '' })
  const config = configWith('ignore: [config/**, ".cache", ./.npmrc, "**/.env*"]')
  expect(Object.keys(await packed(config, folder.path)).sort()).toEqual(['a.js'])
})

test('packs only the output of a build, to which ignore does not apply', async () => {
  using folder = temporaryFolder({ 'src/a.ts': '', 'dist/a.js': 'built', 'dist/a.js.map': '' })
  const config = configWith('build: { run: "true", output: dist }\nignore: ["**/*.map", "a.js.map"]')
  expect(Object.keys(await packed(config, folder.path)).sort()).toEqual(['a.js', 'a.js.map'])
})

test('packs a link as a link, a hidden file, and names that begin with @ or -', async () => {
  using folder = temporaryFolder({ '@scope/index.js': 'scoped', '-rf': 'dash', '.env.example': 'hidden' })
  symlinkSync('@scope/index.js', `${folder.path}/current`)
  expect(await packed(configWith(''), folder.path)).toEqual({
    '@scope/index.js': 'scoped',
    '-rf': 'dash',
    '.env.example': 'hidden',
    current: '-> @scope/index.js',
  })
})

test('packs what an output that is a link leads to', async () => {
  using folder = temporaryFolder({ 'out-7/a.js': 'seven' })
  symlinkSync('out-7', `${folder.path}/dist`)
  const config = configWith('build: { run: "true", output: dist }')
  expect(await packed(config, folder.path)).toEqual({ 'a.js': 'seven' })
})

test('says how much it has packed so far', async () => {
  using folder = temporaryFolder({ 'server.js': 'x'.repeat(100_000) })
  const sizes: number[] = []
  const { tar } = packFolder(await chooseOutput(configWith(''), folder.path), (bytes) => sizes.push(bytes))
  let received = 0
  for await (const piece of tar) received += piece.length
  expect(sizes.at(-1)).toBe(received)
  expect(sizes).toEqual(sizes.toSorted((one, other) => one - other))
})

const built = 'build: { run: "true", output: dist }'

test.for([
  ['an output that is missing', built, 'there is no dist', (_: string) => {}],
  ['an output that is a file', built, 'dist is not a folder', (path: string) => writeFileSync(`${path}/dist`, '')],
  ['an empty output', built, 'dist is empty', (path: string) => mkdirSync(`${path}/dist/assets`, { recursive: true })],
  ['a folder of which all is ignored', 'ignore: ["*"]', 'all of it is ignored', () => {}],
] as const)('refuses to deploy nothing: %s', async ([, yaml, reason, prepare]) => {
  using folder = temporaryFolder({ 'a.ts': '' })
  prepare(folder.path)
  await expect(chooseOutput(configWith(yaml), folder.path)).rejects.toThrow(`the build left nothing to deploy: `)
  await expect(chooseOutput(configWith(yaml), folder.path)).rejects.toThrow(reason)
})

test('keeps the reason why packing broke off, for who only sees the stream fail', async () => {
  using folder = temporaryFolder({ 'a.js': '', 'b.js': 'x' })
  const output = await chooseOutput(configWith(''), folder.path)
  const pack = packFolder(output, () => {})
  rmSync(folder.path, { recursive: true })
  await expect(pack.tar.pipeTo(new WritableStream())).rejects.toThrow('the artifact is refused: packing')
  expect(pack.failure()?.fault).toMatchObject({ code: 'HD3003' })
})

// Every file that is gone is an error of its own, also long after the first one: none of them may end the process.
test('a folder that is emptied while it is packed is one refusal', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `${index}.js`)
  using folder = temporaryFolder(Object.fromEntries(names.map((name) => [name, 'x'.repeat(200_000)])))
  const reader = packFolder(await chooseOutput(configWith(''), folder.path), () => {}).tar.getReader()
  await reader.read()
  for (const name of names) rmSync(`${folder.path}/${name}`)
  const readAll = async (): Promise<void> => {
    while (!(await reader.read()).done);
  }
  await expect(readAll()).rejects.toMatchObject({ fault: { code: 'HD3003' } })
})

test('keeps the right to execute', async () => {
  using folder = temporaryFolder({ 'run.sh': '' })
  chmodSync(`${folder.path}/run.sh`, 0o755)
  const [script] = await entriesOf(configWith(''), folder.path)
  expect((script?.mode ?? 0) & 0o111).toBe(0o111)
})

test.for([
  ['a pipe', (path: string) => execFileSync('mkfifo', [`${path}/odd`]), 'odd', 'it is no file, no folder and no link'],
  [
    'a name that is not UTF-8',
    (path: string) => writeFileSync(Buffer.from(`${path}/b\xffd`, 'latin1'), ''),
    'b\u{fffd}d',
    'its name is not UTF-8',
  ],
] as const)('refuses %s by its name, before anything is sent', async ([, make, place, reason]) => {
  using folder = temporaryFolder({ 'server.js': '' })
  make(folder.path)
  await expect(chooseOutput(configWith(''), folder.path)).rejects.toMatchObject({
    fault: { code: 'HD3003', place, reason },
  })
})
