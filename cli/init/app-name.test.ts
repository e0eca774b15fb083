import { fc, test as property } from '@fast-check/vitest'
import { parseAppName } from '@humdrum/contract/config/names.ts'
import { expect, test } from 'vitest'
import { appNameOf } from './app-name.ts'

test.for([
  [['@acme/shop'], 'shop'],
  [['Shop API'], 'shop-api'],
  [['Crème_Brûlée.js'], 'creme-brulee-js'],
  [['--', '魚', 'shop'], 'shop'],
  [[null, ''], 'app'],
  [[`${'a'.repeat(39)}--b`], 'a'.repeat(39)],
] as const)('makes a name of %j', ([names, name]) => {
  expect(appNameOf(names)).toBe(name)
})

property.prop([fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.string()))])('whatever it is given', (names) => {
  expect(parseAppName(appNameOf(names))).not.toBeNull()
})
