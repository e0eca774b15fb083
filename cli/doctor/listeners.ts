// Who listens on a TCP port of this machine, as /proc tells it. The owner of a socket is found among the processes that
// this user may look into; a port may be held by one of somebody else.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'

/** `pid` null: held, and it cannot be told by whom. */
export type Holder = { readonly pid: number | null; readonly command: string }

const listens = '0A'

/** The inodes of the sockets that listen on a port, from the text of /proc/net/tcp or tcp6. */
export const listeningInodes = (table: string, port: number): readonly string[] =>
  table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === listens && Number.parseInt(local.split(':')[1] ?? '', 16) === port)
    .map((fields) => fields[9] ?? '')

/** Null when nobody takes connections there. */
export const holderOf = async (port: number): Promise<Holder | null> => {
  const inodes = ['tcp', 'tcp6'].flatMap((name) => listeningInodes(textOf(`/proc/net/${name}`), port))
  if (inodes.length === 0 && !(await isTaken(port))) return null
  const pid = pidOf(inodes)
  return { pid, command: pid === null ? 'somebody else' : commandOf(pid) }
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // no /proc, or a process that ended
  }
}

/** Where /proc does not say: whether somebody answers. */
const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 })
    const end = (taken: boolean): void => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(true))
    socket.once('error', () => end(false))
  })

const pidOf = (inodes: readonly string[]): number | null => {
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`))
  const holds = (pid: string): boolean => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((file) => links.has(linkOf(`/proc/${pid}/fd/${file}`)))
    } catch {
      return false // of another user, or gone
    }
  }
  const found = links.size === 0 ? undefined : processes().find(holds)
  return found === undefined ? null : Number(found)
}

const processes = (): readonly string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed meanwhile
  }
}

/** Its words, as far as they are a help. */
const commandOf = (pid: number): string => textOf(`/proc/${pid}/cmdline`).split('\0').join(' ').trim().slice(0, 100)
