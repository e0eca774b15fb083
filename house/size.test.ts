import { expect, test } from 'vitest'
import { filesAreShort, filesAreShortMostly, functionsFitAScreen, medianLines, parametersAreFew } from './size.ts'
import type { Rule } from './source.ts'

const lines = (count: number, line = 'x()'): string => `${line}\n`.repeat(count)
const broken = (rule: Rule, path: string, text: string): readonly string[] =>
  rule([{ path, text }]).map(({ line, what }) => `${line ?? ''} ${what}`)

test('a file ends at 400 lines, unless it is a test', () => {
  expect(broken(filesAreShort, 'core/a.ts', lines(400))).toEqual([])
  expect(broken(filesAreShort, 'core/a.ts', lines(401))).toEqual([' 401 lines'])
  expect(broken(filesAreShort, 'core/a.test.ts', lines(401))).toEqual([])
})

test('the middle file ends at 100 lines', () => {
  const sized = (path: string, count: number) => ({ path, text: lines(count) })
  const files = [sized('a.ts', 10), sized('b.ts', 101), sized('c.ts', 300), sized('d.test.ts', 5), sized('e.md', 5)]
  expect(medianLines(files)).toBe(101)
  expect(filesAreShortMostly(files)).toHaveLength(1)
  expect(filesAreShortMostly([...files, sized('f.ts', 100), sized('g.ts', 1)])).toEqual([])
})

test.for([
  ['a declaration', 'function a() {', '}'],
  ['an arrow', 'const a = () => {', '}'],
  ['a method', 'class A { a() {', '} }'],
  ['braces in texts', 'const a = () => { const b = "}"', '}'],
  ['braces in patterns', 'const a = () => { const b = /[}]/', '}'],
])('a function ends at 60 lines: %s', ([, head, foot]) => {
  expect(broken(functionsFitAScreen, 'core/a.ts', `${head}\n${lines(58)}${foot}\n`)).toEqual([])
  expect(broken(functionsFitAScreen, 'core/a.ts', `${head}\n${lines(59)}${foot}\n`)).toEqual([
    `1 'a' has 61 lines, more than 60`,
  ])
})

test('functions inside a function are counted by themselves, to a limit for all together', () => {
  const inner = `const inner = () => {\n${lines(40)}}\n`
  const factory = (count: number): string => `export const create = () => {\n${inner.repeat(count)}}\n`
  expect(broken(functionsFitAScreen, 'core/a.ts', factory(3))).toEqual([])
  expect(broken(functionsFitAScreen, 'core/a.ts', factory(4))).toEqual([
    `1 'create' has 170 lines with what is inside it, more than 150`,
  ])
})

test.for(['const a = (b, c, d, e) => 1', 'function a(b, c, d, e) {}', 'type A = { a(b: 1, c: 1, d: 1, e: 1): void }'])(
  'four parameters are too many: %s',
  (text) => {
    expect(broken(parametersAreFew, 'core/a.ts', text)).toEqual([`1 'a' takes 4 parameters`])
  },
)

test('three parameters are fine, and a callback takes what it is given', () => {
  const text =
    'const a = (b: 1, c: 1, d: 1) => 1\nfunction e(this: 1, b: 1, c: 1, d: 1) {}\nx.replace(y, (a, b, c, d) => 1)'
  expect(broken(parametersAreFew, 'core/a.ts', text)).toEqual([])
})
