import { expect, test } from 'vitest'
import { filesAreKebabCase, noAttics, wordsAreOurs } from './names.ts'
import type { Rule } from './source.ts'

const broken = (rule: Rule, path: string, text = ''): readonly string[] =>
  rule([{ path, text }]).map(({ what }) => what)

test.for([
  'core/utils.ts',
  'server/lib/a.ts',
  'core/types.ts',
  'cli/helpers/a.ts',
  'edge/shared.test.ts',
  'core/date-utils.ts',
])('%s is an attic', (path) => {
  expect(broken(noAttics, path)).toHaveLength(1)
})

test('a name that only contains such a word is none', () => {
  expect(broken(noAttics, 'core/common-law.ts')).toEqual([])
  expect(broken(noAttics, 'edge/shared-nothing.ts')).toEqual([])
})

test('code is named in kebab-case', () => {
  expect(broken(filesAreKebabCase, 'core/ErrorJudge.ts')).toHaveLength(1)
  expect(broken(filesAreKebabCase, 'core/errorJudge/a.ts')).toHaveLength(1)
  expect(broken(filesAreKebabCase, 'core/error_judge.ts')).toHaveLength(1)
  expect(broken(filesAreKebabCase, 'core/error-judge.test.ts')).toEqual([])
  expect(broken(filesAreKebabCase, 'README.md')).toEqual([])
})

test.for([
  ['edge/a.ts', 'const leaseMs = 1'],
  ['core/a.ts', 'type CanaryWeight = 1'],
  ['core/a.ts', 'const a = (baseline) => 1'],
  ['server/a.ts', 'function startDeployment() {}'],
  ['edge/a.ts', 'const { a: [circuitBreaker] } = b'],
  ['edge/a.ts', 'const a = ({ canary = 1, ...rest }) => 1'],
])('another word for a thing that has a name: %s %s', ([path, text]) => {
  expect(broken(wordsAreOurs, path ?? '', text ?? '')).toHaveLength(1)
})

test.for([
  ['server/store/a.ts', 'const leaseMs = 1'],
  ['contract/a.ts', 'const canarySchema = 1'],
  ['core/a.ts', `const strategies = { canary: 'canary', 'blueGreen': x.baseline }`],
  ['core/a.ts', 'const release = 1\nconst pleased = 1'],
  ['providers/targets/kubernetes/a.ts', 'const deployment = 1'],
])('a word in its place: %s %s', ([path, text]) => {
  expect(broken(wordsAreOurs, path ?? '', text ?? '')).toEqual([])
})
