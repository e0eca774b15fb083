import { fc, test as law } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import type { Version } from '../ids.ts'
import { anyReleaseOf, partsOf, queryFlaw, queryOf, selectorFlaw, selectorsIn } from './release-reference.ts'

const version = (name: string): Version => name as Version

test.for([
  'http_requests_total{version="{{release}}"}',
  'http_requests_total{version=\'{{ release }}\', code=~"5.."}',
  'http_requests_total{version=~`{{release}}(-hotfix)?`}',
  '{__name__="http_requests_total", version="{{release}}",}',
])('%s is a selector of one release', (selector) => {
  expect(selectorFlaw(selector)).toBeNull()
})

test.for([
  [
    'http_requests_total',
    'names no {{release}} as the value of a label, so it could not tell the candidate from stable',
  ],
  ['x{v="v1"}', 'names no {{release}} as the value of a label, so it could not tell the candidate from stable'],
  // All but one release are no arm.
  [
    'x{v!="{{release}}"}',
    'names no {{release}} as the value of a label, so it could not tell the candidate from stable',
  ],
  [
    'x{v!~"{{release}}"}',
    'names no {{release}} as the value of a label, so it could not tell the candidate from stable',
  ],
  [
    'label_replace(x, "a", "{{release}}", "b", "")',
    'names no {{release}} as the value of a label, so it could not tell the candidate from stable',
  ],
  ['x{v="{{relase}}"}', 'has an unknown name {{relase}}'],
  ['x{v="{{release}}", w="{{}}"}', 'has an unknown name {{}}'],
  ['x_{{release}}_total', 'has a {{ in a place where no release can stand'],
  ['x{v="{{release"}', 'has a {{ in a place where no release can stand'],
  ['x{v="{{release}}"', 'lacks a }'],
  ['sum(x{v="{{release}}"}', 'lacks a )'],
  ['x{v="{{release}}"}}', 'has a } that closes nothing'],
  ['x{v="{{release}}"]', 'has a ] that closes nothing'],
  ['x{v="{{release}}}', 'has a " that is not closed'],
  ['x{v=`{{release}}\\`', 'lacks a }'],
  ['', 'names no {{release}} as the value of a label, so it could not tell the candidate from stable'],
] as const)('%s %s', ([query, says]) => {
  expect(queryFlaw(query)?.says).toBe(says)
  expect(selectorFlaw(query)?.says).toBe(says)
})

test.for([
  'rate(x{v="{{release}}"}[5m])',
  'x{v="{{release}}"}[5m]',
  'x{v="{{release}}"} offset 5m',
  // What is put behind a selector must not become part of the remark.
  'x{v="{{release}}"} # a remark that closes nothing: )',
  'x{v="{{release}}"} + x{v="{{release}}"}',
])('%s may be asked about one release, and is no selector of counters', (query) => {
  expect(queryFlaw(query)).toBeNull()
  expect(selectorFlaw(query)?.says).toBe('is an expression, and must be a selector: counters are read as they stand')
})

test('a release is plain text in a label and within a regular expression, however it is quoted', () => {
  const query = 'a{v="{{release}}", w=~"{{release}}|x.*", y=~`{{release}}`, z!~\'{{ release }}\'} # {{release}}'
  expect(queryOf(query, version('1.2_b-3'))).toBe(
    'a{v="1.2_b-3", w=~"1\\\\.2_b-3|x.*", y=~`1\\.2_b-3`, z!~\'1\\\\.2_b-3\'} # {{release}}',
  )
})

law.prop([fc.string({ unit: fc.constantFrom(...'ab\\"\'{}()[]#`=~! ,\n{{release}}'), maxLength: 30 })])(
  'any text is refused in words, or asked without a reference that is left',
  (text) => {
    const found = queryFlaw(text)
    if (found !== null) {
      expect(found.says).not.toBe('')
      return
    }
    expect(queryOf(text, version('v1'))).toContain('v1')
    for (const selector of selectorsIn(text)) expect(text).toContain(selector)
  },
)

test('the selectors of an expression are found, those of no release left out', () => {
  const query =
    'sum(rate(hits{v="{{release}}", p="/{id}"}[5m])) / on (x) sum(rate(all{v="x"}[5m])) + {a=~"{{release}}"}'
  expect(selectorsIn(query)).toEqual(['hits{v="{{release}}", p="/{id}"}', '{a=~"{{release}}"}'])
})

test('a selector in parts, and for any release', () => {
  const selector = 'hits{code=~"5..", v="{{release}}"}'
  expect(partsOf(selector)).toEqual({
    name: 'hits',
    matchers: [
      { label: 'code', comparison: '=~', written: '"5.."' },
      { label: 'v', comparison: '=', written: '"{{release}}"' },
    ],
  })
  expect(anyReleaseOf(selector)).toBe('hits{code=~"5..", v=~".+"}')
})
