import { expect, test } from 'vitest'
import { createInTurn } from './in-turn.ts'

test('work of one key never overlaps, that of another does, and a failure stops nobody', async () => {
  const inTurn = createInTurn()
  const said: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = inTurn('a', async () => {
    said.push('first begins')
    await gate.promise
    said.push('first ends')
    throw new Error('broke')
  })
  const second = inTurn('a', async () => said.push('second'))
  await inTurn('b', async () => said.push('other'))
  gate.resolve()
  await expect(first).rejects.toThrow('broke')
  await second
  expect(said).toEqual(['first begins', 'other', 'first ends', 'second'])
})
