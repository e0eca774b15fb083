// Which names from outside are taken, and which are not.
import { rolloutName } from '@humdrum/core/ids.ts'
import { expect, test } from 'vitest'
import { parseAppName, parseDigest, parseEnvironmentName, parseRolloutId, parseVersion } from './names.ts'

test('takes lower-case letters, digits and dashes as names of apps and environments', () => {
  for (const good of ['shop', 'a', '7', 'my-shop-2', 'a'.repeat(40), 'constructor']) {
    expect([parseAppName(good), parseEnvironmentName(good)], good).toEqual([good, good])
  }
  for (const bad of ['', 'Shop', 'a_b', '-a', 'a-', 'a'.repeat(41), 'a b', 'a\n', '../x', 'ä', '__proto__']) {
    expect([parseAppName(bad), parseEnvironmentName(bad)], bad).toEqual([null, null])
  }
})

test('takes revisions and semantic versions as versions, and nothing that is a path', () => {
  for (const good of ['v3', '7d1e02b', '1.2.0-rc.1_x', 'a'.repeat(64)]) expect(parseVersion(good), good).toBe(good)
  for (const bad of ['', '.hidden', '-v', '_v', 'a/b', 'a..b/', 'a b', 'a'.repeat(65), 'v3\n']) {
    expect(parseVersion(bad), bad).toBeNull()
  }
})

test('takes whole digests only', () => {
  const digest = `sha256:${'0a'.repeat(32)}`
  expect(parseDigest(digest)).toBe(digest)
  for (const bad of ['', 'sha256:0a', digest.toUpperCase(), `${digest}0`, digest.slice(7)]) {
    expect(parseDigest(bad), bad).toBeNull()
  }
})

test('reads a rollout as it is written, and as a number', () => {
  const id = parseRolloutId('r-42')
  expect(id).toBe(42)
  expect(id === null ? null : parseRolloutId(rolloutName(id))).toBe(42)
  expect(parseRolloutId('42')).toBe(42)
  expect(parseRolloutId(String(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
  for (const bad of ['', 'r-', 'r-0', '0', '042', '-1', '1.5', '1e3', 'R-1', '9007199254740993', '42 ']) {
    expect(parseRolloutId(bad), bad).toBeNull()
  }
})
