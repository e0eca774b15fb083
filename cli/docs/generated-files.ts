// Every file of the repository that is made from the code, with its text as it ought to be.
import { readFileSync } from 'node:fs'
import { humdrumJsonSchemaText } from '@humdrum/contract/config/json-schema.ts'
import { referencePage } from '@humdrum/contract/config/reference-page.ts'
import { outlineOf } from '../program/outline.ts'
import { createProgram } from '../program/program.ts'
import type { Sink } from '../terminal.ts'
import { cliPage } from './cli-page.ts'

export const generatedFiles = (): readonly (readonly [path: string, text: string])[] => {
  const template = new URL('../../contract/config/humdrum-yaml.template.md', import.meta.url)
  const program = createProgram({ terminal: { out: nowhere, err: nowhere }, run: async () => {} })
  return [
    ['docs/cli.md', cliPage(outlineOf(program))],
    ['docs/humdrum-yaml.md', referencePage(readFileSync(template, 'utf8'))],
    ['humdrum.schema.json', humdrumJsonSchemaText()],
  ]
}

/** A program that is only looked at says nothing. */
const nowhere: Sink = { write: () => {}, isWatched: false, isLive: false, colours: false, columns: () => 80 }
