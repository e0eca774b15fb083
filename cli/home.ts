// Where the server of this machine keeps its things, and the file in which it leaves its address and token for the command
// line of the same person. The token is handed on, never shown.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { FaultError } from '@humdrum/core/errors.ts'

export type Variables = Readonly<Record<string, string | undefined>>

export const homeOf = (given: string | undefined, variables: Variables): string =>
  resolve(given ?? (variables['HUMDRUM_HOME'] || join(homedir(), '.humdrum')))

/** `humdrum status --home /srv/h`: a command for the same home, to be typed. */
export const commandOn = (given: string | undefined, command: string): string =>
  `humdrum ${command}${given === undefined ? '' : ` --home ${forShell(given)}`}`

const forShell = (word: string): string =>
  /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/**
 * The home of a command that is for this machine alone (`up`, `down`). Fails with HD1002 where the variables mean a server
 * elsewhere: whoever set them would otherwise start or end another one than he thinks.
 */
export const localHome = (given: string | undefined, variables: Variables): string => {
  if (given !== undefined || !variables['HUMDRUM_URL']) return homeOf(given, variables)
  const next = 'unset HUMDRUM_URL, or name a home of this machine with --home'
  throw new FaultError({ code: 'HD1002', reason: 'HUMDRUM_URL is set, and this is for a server of this machine', next })
}

/** `pid` of the server that wrote the file; it may be gone. */
export type HomeServer = { readonly url: string; readonly token: string; readonly pid: number }

/** Null where no server was started, or none that ended in order. Fails with HD1106 when the file may not be read. */
export const readHomeServer = (home: string): HomeServer | null => {
  const file = join(home, 'cli.json')
  try {
    return parseHomeServer(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (cause instanceof SyntaxError || code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new FaultError(
      { code: 'HD1106', reason: `${file}: ${cause instanceof Error ? cause.message : ''}` },
      { cause },
    )
  }
}

const parseHomeServer = (content: unknown): HomeServer | null => {
  if (typeof content !== 'object' || content === null) return null
  if (!('url' in content) || !('token' in content) || !('pid' in content)) return null
  const { url, token, pid } = content
  return typeof url === 'string' && URL.canParse(url) && typeof token === 'string' && typeof pid === 'number'
    ? { url, token, pid }
    : null
}
