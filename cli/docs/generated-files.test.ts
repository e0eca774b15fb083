import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generatedFiles } from './generated-files.ts'

test.for(generatedFiles())('%s is up to date', ([path, text]) => {
  const written = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  expect(written === text, `${path} is older than the code it is made from: npm run docs`).toBe(true)
})
