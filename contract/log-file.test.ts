import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotateLarge } from './log-file.ts'

let folder: string
let path: string
const limits = { fileBytes: 100, keptFiles: 2 }
const contentOf = (name: string): string => readFileSync(join(folder, name), 'utf8')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'))
  path = join(folder, 'a.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a file that is small, or not there, stays as it is', () => {
  rotateLarge(path, limits)
  expect(readdirSync(folder)).toEqual([])
  writeFileSync(path, 'short')
  rotateLarge(path, limits)
  expect(readdirSync(folder)).toEqual(['a.log'])
})

test('a large one is emptied under its writer, what it held is the newest of the older ones, and the oldest goes', () => {
  const writer = openSync(path, 'a', 0o600)
  for (const letter of ['a', 'b', 'c']) {
    appendFileSync(writer, letter.repeat(100))
    rotateLarge(path, limits)
  }
  appendFileSync(writer, 'after')
  closeSync(writer)
  expect(readdirSync(folder).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2'])
  expect(contentOf('a.log')).toBe('after')
  expect(contentOf('a.log.1')).toBe('c'.repeat(100))
  expect(contentOf('a.log.2')).toBe('b'.repeat(100))
  expect(statSync(`${path}.1`).mode & 0o777).toBe(0o600)
})

test('what cannot be copied is kept, and no older file is given up for it', () => {
  writeFileSync(path, 'a'.repeat(100))
  writeFileSync(`${path}.2`, 'oldest')
  mkdirSync(`${path}.new`)
  expect(rotateLarge(path, limits)).toBe(false)
  expect([contentOf('a.log'), contentOf('a.log.2')]).toEqual(['a'.repeat(100), 'oldest'])
})

// The limit of 10 MB and the second between two looks are those that everybody has.
const writing = `
  import { keepOutputSmall } from ${JSON.stringify(fileURLToPath(new URL('./log-file.ts', import.meta.url)))}
  keepOutputSmall(process.argv[1])
  let count = 0
  const filler = 'x'.repeat(Number(process.argv[2]))
  setInterval(() => {
    for (let lines = 0; lines < 10; lines += 1) process.stdout.write(String((count += 1)).padStart(8) + filler + '\\n')
  }, 20)
`
const numbersIn = (name: string): readonly number[] =>
  contentOf(name)
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.slice(0, 8)))

test('a process loses no line of its own output by it', async () => {
  const output = openSync(path, 'a', 0o600)
  const child = spawn(process.execPath, ['--input-type=module', '-e', writing, path, '99990'], {
    stdio: ['ignore', output, 'inherit'],
  })
  closeSync(output)
  await expect.poll(() => existsSync(`${path}.2`), { timeout: 20_000 }).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const files = ['a.log.3', 'a.log.2', 'a.log.1', 'a.log'].filter((name) => existsSync(join(folder, name)))
  const all = files.flatMap(numbersIn).filter((number) => number > 0)
  expect(all).toEqual(all.map((_, index) => index + 1))
  expect(statSync(`${path}.1`).size).toBeGreaterThan(10_000_000)
})

test('a file that is not its output is none of its business', async () => {
  writeFileSync(path, Buffer.alloc(11_000_000))
  const child = spawn(process.execPath, ['--input-type=module', '-e', writing, path, '0'])
  let said = ''
  child.stdout.on('data', (piece: Buffer) => (said += String(piece)))
  // Ten lines in 20 ms at most: it has looked twice.
  await expect.poll(() => said.split('\n').length, { timeout: 20_000 }).toBeGreaterThan(1_200)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(readdirSync(folder)).toEqual(['a.log'])
})
