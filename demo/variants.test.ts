import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownConfigFile } from './own-config.ts'
import { variants, writeVariant } from './variants.ts'

test('a release is the shop with a release.json and a humdrum.yaml of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'variant-'))
  try {
    await writeVariant(folder, { version: 'v3', fault: { fault: 'errors', share: 0.05 } }, ownConfigFile)
    const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
    expect(JSON.parse(await read('release.json'))).toEqual({ version: 'v3', fault: 'errors', share: 0.05 })
    expect(await read('humdrum.yaml')).toBe(await readFile(ownConfigFile, 'utf8'))
    expect(await read('server.js')).toContain('x-shop-release')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the demo ships a first, a good, a failing, a slow and a lifeless release, in this order', () => {
  expect(variants.map(({ version, outcome }) => `${version} ${outcome}`)).toEqual([
    'v1 Succeeded',
    'v2 Succeeded',
    'v3 RolledBack',
    'v4 RolledBack',
    'v5 Failed',
  ])
})
