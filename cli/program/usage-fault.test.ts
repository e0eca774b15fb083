import { expect, test } from 'vitest'
import { usageFault } from './usage-fault.ts'

test('keeps the nearest word that the parser found', () => {
  expect(
    usageFault({ message: "error: unknown option '--wiat'\n(Did you mean --wait?)" }, 'humdrum deploy --help'),
  ).toEqual({
    code: 'HD1002',
    reason: "unknown option '--wiat'",
    next: 'did you mean --wait?   (humdrum deploy --help)',
  })
})

test('leads to the help where nothing is near', () => {
  expect(usageFault({ message: "error: unknown command 'xyz'" }, 'humdrum help')).toEqual({
    code: 'HD1002',
    reason: "unknown command 'xyz'",
    next: 'humdrum help',
  })
})
