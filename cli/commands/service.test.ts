// What needs no systemd; the rest is tried out on a machine that has one (`npm run test:service`).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestPlace } from '../test-place.ts'
import { testPlace } from '../test-place.ts'

let place: TestPlace
beforeAll(() => {
  place = testPlace()
})
afterAll(() => place[Symbol.asyncDispose]())

test('--dry-run prints three units for this home and these programs, and makes nothing', async () => {
  const { code, out } = await place.run('service install --dry-run --edge-port 8080')
  expect(code).toBe(0)
  expect(out.match(/^# .*\/humdrum-\w+\.service$/gm)).toHaveLength(3)
  expect(out).toContain(`"--home" "${place.home}" "--port" "7700" "--supervised-edge"\n`)
  expect(out).toContain(`"--home" "${place.home}/edge" "--port" "8080"\n`)
  for (const [, node = '', program = ''] of out.matchAll(/^ExecStart="([^"]+)" "([^"]+)"/gm))
    expect([existsSync(node), existsSync(program)]).toEqual([true, true])
  expect(existsSync(place.home)).toBe(false)
})

test('what npm adds to PATH for one command does not get into the units', async () => {
  const PATH = `${join(place.folder.path, 'node_modules/.bin')}:${process.env['PATH']}`
  expect((await place.run('service install --dry-run', { env: { PATH } })).out).not.toContain('node_modules/.bin')
})

test('a port that changes with every boot is refused', async () => {
  const { code, err } = await place.run('service install --edge-port 0')
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('[HD1002]') })
})

test.skipIf(process.getuid?.() === 0)('somebody who is not root is told how to name a user', async () => {
  const { code, err } = await place.run('service install --user root')
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('sudo humdrum service install --user') })
})

test.skipIf(existsSync('/run/systemd/system'))('without systemd it says how to do without', async () => {
  const { code, err } = await place.run('service install')
  expect(code).toBe(1)
  expect(err).toMatch(
    /^systemd does not run this machine: .* {2}\[HD1201\]\n {2}start it by hand: humdrum up --detach\n/,
  )
})
