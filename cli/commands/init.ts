// `humdrum init`: writes the humdrum.yaml of a folder from what it finds there, and says what to look at once more. It
// changes nothing else, and never a file that is there.
import { writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { visible } from '@humdrum/contract/config/problem.ts'
import type { FaultCode } from '@humdrum/core/errors.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { configText } from '../init/config-text.ts'
import type { Draft } from '../init/draft.ts'
import { draftOf } from '../init/draft.ts'
import { survey } from '../init/survey.ts'
import type { LocalInvocation } from '../invocation.ts'
import { labelled } from '../render/words.ts'

export type InitOptions = { readonly json?: true }

/** Fails with HD2004 where there is one already, HD2005 where none can be written. */
export const init = (
  { terminal, cwd }: LocalInvocation,
  given: string | undefined,
  { json }: InitOptions,
): ExitCode => {
  const folder = resolve(cwd, given ?? '.')
  const file = join(folder, 'humdrum.yaml')
  const name = relative(cwd, file)
  const draft = draftOf(survey(folder))
  write(file, name, configText(draft))
  const { app, found, check } = draft
  const result = { file: name, app, found, check, exit: exitCode.well }
  terminal.out.write(json ? `${JSON.stringify(result)}\n` : words(name, draft))
  return exitCode.well
}

const write = (file: string, name: string, text: string): void => {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (cause) {
    throw new FaultError(refusal(cause instanceof Error && 'code' in cause ? cause.code : null, name), { cause })
  }
}

const refusal = (code: unknown, name: string): { readonly code: FaultCode; readonly reason: string } => {
  if (code === 'EEXIST') return { code: 'HD2004', reason: name }
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
  return { code: 'HD2005', reason: isMissing ? `${name}: there is no such folder` : `${name}: ${String(code)}` }
}

const words = (name: string, { app, found, check }: Draft): string =>
  [
    `wrote ${name}: app ${app}`,
    ...found.map((one, index) => `  ${labelled(index === 0 ? 'found' : '', visible(one))}`),
    ...check.map((one, index) => `  ${labelled(index === 0 ? 'check' : '', one)}`),
    `  ${labelled('next', 'humdrum up --detach, then humdrum deploy')}`,
    '',
  ].join('\n')
