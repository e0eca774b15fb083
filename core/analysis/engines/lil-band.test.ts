import { expect, test } from 'vitest'
import { lilConstant, lilRadius } from './lil-band.ts'

const usual = { alpha: 0.05, from: 32, factor: 0.85 }

test('the constant is the one that is published for 5 %', () => {
  expect(lilConstant(usual)).toBeCloseTo(8.12271934583811, 7)
  expect(lilConstant({ alpha: 0.01, factor: 0.85 })).toBeCloseTo(9.283543354029137, 7)
  expect(lilRadius(1_001, usual)).toBeCloseTo(0.08330194703846296, 8)
})

test('less error and a smaller factor need a larger constant', () => {
  expect(lilConstant({ ...usual, alpha: 0.001 })).toBeGreaterThan(lilConstant({ ...usual, alpha: 0.01 }))
  expect(lilConstant({ ...usual, factor: 0.75 })).toBeGreaterThan(lilConstant({ ...usual, factor: 0.85 }))
  expect(lilConstant({ ...usual, alpha: 3 })).toBeLessThan(lilConstant({ ...usual, alpha: 0.5 }))
})

test('a factor of √½ makes no band, and none is without error', () => {
  for (const none of [{ factor: 0.5 }, { factor: Math.SQRT1_2 }, { alpha: 0 }]) {
    expect(lilConstant({ ...usual, ...none })).toBe(Number.POSITIVE_INFINITY)
  }
})

test('says nothing before its first observation, and narrows after it', () => {
  expect(lilRadius(31, usual)).toBe(Number.POSITIVE_INFINITY)
  expect(lilRadius(32, usual)).toBeGreaterThan(lilRadius(1_000, usual))
  expect(lilRadius(1_000_000, usual)).toBeLessThan(0.01)
})
