import { stripVTControlCharacters } from 'node:util'
import { broken, fine, look } from '@humdrum/core/doctor/finding.ts'
import { expect, test } from 'vitest'
import { renderFindings } from './findings.ts'

const findings = [
  fine({ id: 'node', says: '24' }),
  look({ id: 'instances', of: 'shop/production', says: '1 of 2 ready', next: 'humdrum logs shop' }),
  broken({ id: 'edge', says: 'is \u001b[2Jstopped', next: 'kill -CONT 7' }),
]

test('says what is broken first, with what to do under it, and a count at the end', () => {
  expect(renderFindings(findings, { colours: false })).toBe(
    `broken  edge                       is \\u001b[2Jstopped
                                   kill -CONT 7
look    instances shop/production  1 of 2 ready
                                   humdrum logs shop
ok      node                       24

1 broken, 1 to look at
`,
  )
})

test('colours move no column', () => {
  expect(stripVTControlCharacters(renderFindings(findings, { colours: true }))).toBe(
    renderFindings(findings, { colours: false }),
  )
})

test('says so when all is well', () => {
  expect(renderFindings([fine({ id: 'node', says: '24' })], { colours: false })).toMatch(
    /\n\nall of 1 check are well\n$/,
  )
})
