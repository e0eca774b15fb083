import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bringDown } from './bring-down.ts'
import { keepCliFile, prepareHome, releasesFolder, writeCliFile } from './home.ts'

let folder: string
let home: string
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

const holding = (file: string): void => {
  mkdirSync(dirname(join(home, file)), { recursive: true })
  writeFileSync(join(home, file), '')
  chmodSync(home, 0o755)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'home-'))
  home = join(folder, 'home')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the file for the command line comes back when somebody broke it or took it away', () => {
  prepareHome(home)
  const file = join(home, 'cli.json')
  const content = { url: 'http://127.0.0.1:1', token: 't', pid: 7 }
  writeCliFile(file, content)
  const whole = readFileSync(file, 'utf8')
  const before = statSync(file).ino
  keepCliFile(file, content)
  expect(statSync(file).ino).toBe(before)
  writeFileSync(file, whole.slice(0, 9))
  keepCliFile(file, content)
  expect(readFileSync(file, 'utf8')).toBe(whole)
  rmSync(home, { recursive: true })
  expect(() => keepCliFile(file, content)).not.toThrow()
  expect(existsSync(home)).toBe(false)
})

const refusal = {
  ok: false,
  fault: {
    code: 'HD1106',
    reason: expect.stringContaining('holds other things and is no home'),
    next: expect.stringContaining('--home'),
  },
}

describe('preparing', () => {
  test('a new folder becomes private', () => {
    expect(prepareHome(home)).toMatchObject({ ok: true })
    expect(modeOf(home)).toBe('700')
  })

  test('an empty folder becomes private', () => {
    mkdirSync(home)
    chmodSync(home, 0o755)
    expect(prepareHome(home)).toMatchObject({ ok: true })
    expect(modeOf(home)).toBe('700')
  })

  test.for(['lock.db', 'store.db', 'cli.json', 'edge/edge.json', 'server.log'])(
    'a home becomes private again: %s',
    (file) => {
      holding(file)
      expect(prepareHome(home)).toMatchObject({ ok: true })
      expect(modeOf(home)).toBe('700')
    },
  )

  test.for(['notes.txt', 'edge/main.ts'])('a folder of somebody else is refused and keeps its rights: %s', (file) => {
    holding(file)
    holding('server.log') // of a start that was refused
    expect(prepareHome(home)).toMatchObject(refusal)
    expect(modeOf(home)).toBe('755')
  })
})

describe('where releases lie', () => {
  const root = userInfo().homedir

  test('in the home where apps run as its owner', () => {
    expect(releasesFolder(home, false)).toBe(join(home, 'releases'))
  })

  test('of two homes never in the same folder, whatever $HOME is', () => {
    mkdirSync(join(folder, 'root'))
    const homes = [root, join(folder, 'root'), folder].map((owner) => join(owner, '.humdrum'))
    const before = process.env['HOME']
    process.env['HOME'] = folder
    const folders = homes.map((one) => releasesFolder(one, true))
    process.env['HOME'] = before
    expect(new Set(folders).size).toBe(homes.length)
    expect(folders[0]).toBe('/var/lib/humdrum/releases')
  })
})

describe('bringing down', () => {
  const down = async () => {
    const said: string[] = []
    const result = await bringDown({ home, port: 0, edgePort: null, supervisedEdge: false, task: 'down' }, (text) =>
      said.push(text),
    )
    return { result, said }
  }
  const nothing = { result: { ok: true }, said: ['nothing was running'] }

  test('makes no home where there is none', async () => {
    expect(await down()).toMatchObject(nothing)
    expect(existsSync(home)).toBe(false)
  })

  test('leaves an empty folder as it is', async () => {
    mkdirSync(home)
    chmodSync(home, 0o755)
    expect(await down()).toMatchObject(nothing)
    expect([modeOf(home), readdirSync(home)]).toEqual(['755', []])
  })

  test('refuses a folder of somebody else, and leaves it as it is', async () => {
    holding('notes.txt')
    expect(await down()).toMatchObject({ result: refusal, said: [] })
    expect([modeOf(home), readdirSync(home)]).toEqual(['755', ['notes.txt']])
  })
})
