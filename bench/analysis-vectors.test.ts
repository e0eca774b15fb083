import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'humdrum-vectors-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Run = { readonly code: number | string | null | undefined; readonly out: string; readonly err: string }

const run = (...files: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    const command = [join(import.meta.dirname, 'analysis-vectors.ts'), ...files]
    execFile(process.execPath, command, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }))
  })

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('holds for every golden vector and ends with the count', async () => {
  const { code, out } = await run(join(import.meta.dirname, '../core/analysis/engines/vectors.json'))
  expect(code).toBe(0)
  expect(out).toBe('192 checks, 0 failures\n')
})

test('an engine that it does not know is named and skipped', async () => {
  const other = file('other.json', JSON.stringify({ cases: [{ engine: 'other', expected: { value: 1 } }] }))
  const { code, out } = await run(other)
  expect(code).toBe(0)
  expect(out).toBe('skipped, not known here: other 1\n0 checks, 0 failures\n')
})

test('a wrong value is named with what was expected and what came, and ends with 1', async () => {
  const one = {
    name: 'one',
    engine: 'bernoulliCS',
    k: 0,
    n: 0,
    alpha: 0.05,
    a: 0.5,
    b: 0.5,
    expected: { lower: null, upper: 1 },
  }
  const { code, out } = await run(file('wrong.json', JSON.stringify({ cases: [one] })))
  expect(code).toBe(1)
  expect(out).toBe('one/lower: expected null (infinity), got 0\n2 checks, 1 failures\n')
})

test('a file that is missing, broken or of another form ends with 2 and says why', async () => {
  const runs = await Promise.all([run(), run(join(folder, 'none')), run(file('broken', '{')), run(file('form', '{}'))])
  expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2])
  expect(runs.map(({ err }) => err.trimEnd().length > 10)).toEqual([true, true, true, true])
  expect(runs[3]?.err).toContain('it has no list `cases`')
})
