import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellLine } from './shell-line.ts'

test.each(['node server.js', `node -e 'a; b && c'`, 'node "a b.js" --flag=1', './bin/run $PORT', 'cdx'])(
  'one program takes the place of the shell: %s',
  (command) => {
    expect(shellLine(command)).toBe(`exec ${command}`)
  },
)

test.each([
  'a && b',
  'a; b',
  'A=1 node x',
  'cd x',
  'if true',
  'a | b',
  'a > f',
  '. ./env',
  'exec a',
  'a "$(b)"',
  'a\nb',
  '(a)',
])('what is more than one program stays with the shell: %s', (command) => {
  expect(shellLine(command)).toBe(command)
})

test.each([
  [`printf '%s' "a;b"`, 'a;b'],
  ['printf 1 && printf 2', '12'],
  ['A=1 sh -c \'printf "$A"\'', '1'],
])('%s means the same as before', (command, output) => {
  expect(execFileSync('/bin/sh', ['-c', shellLine(command)], { encoding: 'utf8' })).toBe(output)
})
