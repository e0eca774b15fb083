// References to variables of the server: found, checked, replaced.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { environmentReferences, referencedVariables, resolveReferences, wellFormedReferences } from './env-reference.ts'

// Written in two parts, so that the lint rule against forgotten template strings keeps watch.
const opening = `$${'{env:'}`
const reference = (name: string): string => `${opening}${name}}`
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)

test('names each variable once, in order', () => {
  expect(referencedVariables(`${reference('B')}:${reference('A')}@${reference('B')}`)).toEqual(['B', 'A'])
  expect(referencedVariables(`$B {env:A} $${'{A}'} plain`)).toEqual([])
})

test('names the variables of all values, each once', () => {
  const env = { A: reference('X'), B: 'plain', C: `${reference('Y')}${reference('X')}` }
  expect(environmentReferences(env)).toEqual(['X', 'Y'])
})

test('replaces every reference and nothing else', () => {
  const lookup = (wanted: string): string | undefined => ({ USER: 'ann', EMPTY: '' })[wanted]
  expect(resolveReferences(`pg://${reference('USER')}:${reference('EMPTY')}@db/$USER`, lookup)).toEqual({
    ok: true,
    value: 'pg://ann:@db/$USER',
  })
})

test('tells the first variable that is not set', () => {
  const lookup = (wanted: string): string | undefined => (wanted === 'A' ? 'a' : undefined)
  const value = `${reference('A')}${reference('B')}${reference('C')}`
  expect(resolveReferences(value, lookup)).toEqual({ ok: false, missing: 'B' })
})

test('does not resolve what a variable holds', () => {
  const lookup = (wanted: string): string | undefined => (wanted === 'A' ? reference('B') : undefined)
  expect(resolveReferences(reference('A'), lookup)).toEqual({ ok: true, value: reference('B') })
})

test('calls a reference malformed when its name or its end is missing', () => {
  const bad = [reference(''), reference('1A'), reference('A-B'), `${opening}A`, `${reference('A')}\n${reference(' B')}`]
  for (const value of bad) expect(wellFormedReferences.test(value), value).toBe(false)
  const good = ['', 'plain $5', `$${'{HOME}'}`, reference('A'), `${reference('A')}\n${reference('_b9')}`]
  for (const value of good) expect(wellFormedReferences.test(value), value).toBe(true)
})

property.prop([name, fc.string(), fc.string(), fc.string()])(
  'puts the very value in place, whatever characters it has',
  (variable, before, value, after) => {
    fc.pre(!`${before}${after}`.includes('$'))
    const answer = resolveReferences(`${before}${reference(variable)}${after}`, () => value)
    expect(answer).toEqual({ ok: true, value: `${before}${value}${after}` })
  },
)
