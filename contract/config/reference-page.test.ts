// The reference page for users says what the schema says.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'
import { environmentKeys, fileKeys, referencePage } from './reference-page.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const page = read('../../docs/humdrum-yaml.md')

test('is what the template and the schema make (else: npm run docs)', () => {
  expect(page).toBe(referencePage(read('./humdrum-yaml.template.md')))
})

test('every file on the reference page is valid', () => {
  const files = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
  expect(files).toHaveLength(3)
  for (const file of files) {
    const parsed = parseConfig(file, 'docs/humdrum-yaml.md')
    expect(parsed.ok ? [] : parsed.problems.map(renderProblem)).toEqual([])
  }
})

test('names every key with its default, its meaning and its limits', () => {
  const keys = new Map([...fileKeys(), ...environmentKeys()].map((key) => [key.path, key]))
  expect(keys.get('run.command')).toMatchObject({ fallback: 'required' })
  expect(keys.get('target.instances')).toMatchObject({ fallback: '`1`', meaning: expect.stringMatching(/; 1 to 100$/) })
  expect(keys.get('router.host')).toMatchObject({ fallback: 'none' })
  expect(keys.get('router.warmup')).toMatchObject({ fallback: '`0`', meaning: expect.stringMatching(/; 0 to 10,000$/) })
  expect(keys.get('rollout.steps')?.meaning).toMatch(/Without it: 1%, 5%, 25%, 50%; 1 to 50 entries$/)
  expect(keys.get('rollout.analysis.metrics')).toMatchObject({
    fallback: expect.stringMatching(/^`\[\{ metric: errors \}/),
  })
  expect(keys.get('rollout.steps[].setWeight')?.meaning).toContain('above 0% and below 100%')
  expect(keys.get('router.kind')?.meaning).toMatch(/; only `edge`$/)
})

test('explains every key', () => {
  expect([...fileKeys(), ...environmentKeys()].filter(({ meaning }) => meaning === '').map(({ path }) => path)).toEqual(
    [],
  )
})
