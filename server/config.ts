// What the server is told at its start, and where its things lie. Reads arguments and variables; touches nothing.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'

export type ServerConfig = {
  readonly home: string
  /** 0 = any free port. */
  readonly port: number
  /** Null where nobody said one. */
  readonly edgePort: number | null
  /** Somebody else (systemd) starts the edge, and starts it again: the server only finds it. */
  readonly supervisedEdge: boolean
  /** `down`: stop what outlived an earlier server, and end. `restore`: start the apps that ran before a reboot, and end. */
  readonly task: 'serve' | 'down' | 'restore'
}

export const readConfig = (
  parameters: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Result<ServerConfig> => {
  const values = parse(parameters)
  if (typeof values === 'string') return failed('HD1002', values)
  const port = portOf(values.port ?? '7700')
  const wanted = values['edge-port']
  const edgePort = wanted === undefined ? null : portOf(wanted)
  if (port === null || (wanted !== undefined && edgePort === null))
    return failed('HD1002', 'a port is a number from 0 to 65535')
  const home = resolve(values.home ?? variables['HUMDRUM_HOME'] ?? join(homedir(), '.humdrum'))
  const task = values.down ? 'down' : values.restore ? 'restore' : 'serve'
  return ok({ home, port, edgePort, supervisedEdge: values['supervised-edge'] ?? false, task })
}

/** The options, or what is wrong with them. */
const parse = (parameters: readonly string[]) => {
  try {
    return parseArgs({
      args: [...parameters],
      options: {
        home: { type: 'string' },
        port: { type: 'string' },
        'edge-port': { type: 'string' },
        'supervised-edge': { type: 'boolean' },
        down: { type: 'boolean' },
        restore: { type: 'boolean' },
      },
    }).values
  } catch (cause) {
    if (cause instanceof TypeError) return cause.message
    throw cause
  }
}

const portOf = (text: string): number | null => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null)

export type Places = {
  readonly store: string
  readonly lock: string
  /** Address and token for the command line of the same person. */
  readonly cli: string
  /** What a server that was started in the background says. */
  readonly log: string
  readonly edge: string
  readonly artifacts: string
  readonly target: string
}

export const placesIn = (home: string): Places => ({
  store: join(home, 'store.db'),
  lock: join(home, 'lock.db'),
  cli: join(home, 'cli.json'),
  log: join(home, 'server.log'),
  edge: join(home, 'edge'),
  artifacts: join(home, 'artifacts'),
  target: join(home, 'target'),
})
