// What a command is given: where to write, where it was called, and, where it speaks with a server, how to reach it.
import type { Client } from '@humdrum/contract/client.ts'
import type { Variables } from './home.ts'
import type { Terminal } from './terminal.ts'

/** What is known without a server. */
export type LocalInvocation = {
  readonly terminal: Terminal
  readonly cwd: string
  readonly variables: Variables
  /** As given by --home. */
  readonly home: string | undefined
}

export type Invocation = LocalInvocation & {
  /** A client of the server that is there now. */
  readonly connect: () => Client
}
