import { expect, test } from 'vitest'
import { checkVectors } from './golden-vectors.ts'
import vectors from './vectors.json' with { type: 'json' }

const text = (...cases: readonly unknown[]): string => JSON.stringify({ version: 1, cases })
const interval = { name: 'one', engine: 'bernoulliCS', k: 0, n: 201, alpha: 0.05, a: 0.5, b: 0.5 }

test.each(vectors.cases)('$engine agrees with the vector $name', (one) => {
  const { checks, failures } = checkVectors(text(one))
  expect(failures).toEqual([])
  expect(checks).toBeGreaterThan(0)
})

test('counts one check per leaf, those of lists too, and skips none of the 38 cases', () => {
  const { checks, skipped } = checkVectors(JSON.stringify(vectors))
  expect(checks).toBe(10 * 11 + 4 + 4 + 4 * 2 + 4 * 5 + 4 * 6 + 4 * 4 + 2 * 2 + 2)
  expect(skipped.size).toBe(0)
})

test('names an engine that it does not know', () => {
  const { checks, skipped } = checkVectors(text({ engine: 'other', expected: { value: 1 } }))
  expect(checks).toBe(0)
  expect(Object.fromEntries(skipped)).toEqual({ other: 1 })
})

test('sees a value that is off by more than the tolerance, and respects the tolerance of a case', () => {
  const off = { ...interval, expected: { lower: 0, upper: 0.030473161824521554 + 1e-8 } }
  expect(checkVectors(text(off)).failures).toMatchObject([{ name: 'one', leaf: 'upper' }])
  expect(checkVectors(text({ ...off, tol: 1e-6 })).failures).toEqual([])
})

test('takes null for infinity and for nothing else', () => {
  const failures = checkVectors(text({ ...interval, expected: { lower: null } })).failures
  expect(failures).toEqual([{ name: 'one', leaf: 'lower', expected: null, got: 0 }])
})

test('a leaf that no engine answers, or that lacks its input, is a failure and not a crash', () => {
  const bins = [{ n1: 1, x1: 0, n0: 1, x0: 0 }]
  const { checks, failures } = checkVectors(
    text({ engine: 'P', bins, expected: { log_e_worse: 0, cs_diff: [-1, 1], other: 2 } }),
  )
  expect(checks).toBe(4)
  expect(failures.map(({ leaf, got }) => [leaf, got])).toEqual([
    ['cs_diff/0', 'alpha is not a number'],
    ['cs_diff/1', 'alpha is not a number'],
    ['other', 'not an answer of this engine'],
  ])
  for (const lacking of [
    { engine: 'B', theta: 0.5, W: 1, direction: 1, expected: { log_e: 0 } },
    { engine: 'betMean', delta: 0, lambdas: [0.5], D: [0.1, null], expected: { log_e: 0 } },
  ]) {
    expect(checkVectors(text(lacking)).failures).toHaveLength(1)
  }
})

test.each(['', '{}', '[]', 'null', '{"cases": {}}', '{"cases": [1]}', '{"cases": [{"engine": "P"}]}'])(
  'says that %s is not a file of vectors',
  (broken) => {
    expect(() => checkVectors(broken)).toThrow()
  },
)
