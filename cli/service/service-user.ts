// The user that a service runs as, and whether that user gets at what the service needs. Tried out as that user: rights on
// the way, groups and file systems have too many rules to be guessed.
import { execFileSync, spawnSync } from 'node:child_process'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { FaultError } from '@humdrum/core/errors.ts'

export type ServiceUser = {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Where the home lies unless one is named. */
  readonly defaultHome: string
}

/** Whoever types. */
export const ownUser = (): ServiceUser => {
  const { username: name, uid, gid } = userInfo()
  return { name, uid, gid, defaultHome: join(homedir(), '.humdrum') }
}

/** Fails with HD1203. */
export const findUser = (name: string): ServiceUser => {
  const line = entryOf(name)
  const [login, , uid, gid, , folder] = line?.trim().split(':') ?? []
  if (login !== name || folder === undefined) {
    const next = `make one: useradd --system --create-home ${/^[a-z_][a-z0-9_-]*$/.test(name) ? name : 'humdrum'}`
    throw new FaultError({ code: 'HD1203', reason: name, next })
  }
  return { name, uid: Number(uid), gid: Number(gid), defaultHome: join(folder, '.humdrum') }
}

const entryOf = (name: string): string | null => {
  try {
    return execFileSync('getent', ['passwd', '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return null // getent ends with 2 when there is no such user
  }
}

/** Null when it went well, else what it complained of. */
const attempt = ({ uid, gid }: ServiceUser, script: string, parameters: readonly string[]): string | null => {
  const words = ['-c', script, 'sh', ...parameters]
  const { status, stderr, error } = spawnSync('/bin/sh', words, { uid, gid, cwd: '/', encoding: 'utf8' })
  return status === 0 ? null : (error?.message ?? stderr.trim())
}

/** Makes the home as the user where it is missing. Fails with HD1106. */
export const requireHome = (home: string, user: ServiceUser): void => {
  const { name, uid } = user
  const script = 'mkdir -p -m 700 -- "$1" && test -r "$1" && test -w "$1" && test -x "$1"'
  const refusal = attempt(user, script, [home])
  if (refusal !== null) {
    const next = `give it to ${name}: install -d -m 700 -o ${name} ${home}   (the folders above must let ${name} through)`
    throw new FaultError({ code: 'HD1106', reason: `${name} cannot use ${home}${refusal && `: ${refusal}`}`, next })
  }
  const { stdout } = spawnSync('find', [home, '!', '-uid', String(uid), '-print', '-quit'], { encoding: 'utf8' })
  if (stdout === '') return
  const next = `give it to ${name}: chown -R ${name}: ${home}`
  throw new FaultError({ code: 'HD1106', reason: `${stdout.trim()} belongs to somebody other than ${name}`, next })
}

/** Fails with HD1204 where one of the programs is out of reach. */
export const requirePrograms = (files: readonly string[], user: ServiceUser): void => {
  const refusal = attempt(user, 'for file; do test -r "$file" || { echo "$file" >&2; exit 1; }; done', files)
  if (refusal !== null) throw new FaultError({ code: 'HD1204', reason: `${user.name} cannot read ${refusal}` })
}
