// The edge as a process: what it is told, how it is ended, and what becomes of an error that nobody expected.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keepOutputSmall } from '@humdrum/contract/log-file.ts'
import { faults } from '@humdrum/core/errors.ts'
import type { Log } from './log.ts'
import { createLog, told } from './log.ts'
import { serve } from './serve.ts'

const log: Log = createLog((line) => process.stdout.write(line), Date.now)

const refuse = (why: string, exitCode: number): void => {
  process.stderr.write(`humdrum edge: ${why}\n`)
  process.exitCode = exitCode
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

const options = { home: { type: 'string' }, port: { type: 'string' }, listen: { type: 'string' } } as const

type Wanted = { readonly home: string; readonly port: number; readonly host: string }

const wantedOf = (words: readonly string[]): Wanted | null => {
  try {
    const { home, port = '', listen = '127.0.0.1' } = parseArgs({ args: [...words], options }).values
    return home !== undefined && /^\d{1,5}$/.test(port) && Number(port) <= 65_535
      ? { home, port: Number(port), host: listen }
      : null
  } catch {
    return null // an option that is unknown, or has no value
  }
}

/** At most one line a second: an error at every request must not fill the disk. */
const createTeller = (): ((error: unknown) => void) => {
  let [quietUntilMs, untold] = [0, 0]
  return (error) => {
    if (performance.now() < quietUntilMs) {
      untold += 1
      return
    }
    log('error', 'something broke that should not', { error: told(error), untold })
    quietUntilMs = performance.now() + 1_000
    untold = 0
  }
}

const main = async ({ home, port, host }: Wanted): Promise<void> => {
  keepOutputSmall(join(home, 'edge.log'))
  const edge = await serve({ home, port, host, log })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, edge.shutdown)
  // All the traffic hangs on this process, and what throws in a callback is one request. What requests share (who is
  // exposed, what was decided) is set before anything that may throw. So it goes on, and somebody reads the log.
  const tell = createTeller()
  process.on('uncaughtException', tell)
  process.on('unhandledRejection', tell)
  await edge.ended
}

const failure = (error: unknown, { host, port }: Wanted): string => {
  if (codeOf(error) === 'EADDRINUSE') return `${faults.HD1105.sentence}: ${host}:${port}  [HD1105]`
  return error instanceof Error && typeof codeOf(error) === 'string' ? error.message : told(error)
}

// Whoever read what it says may be gone; then it is said to nobody.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const wanted = wantedOf(process.argv.slice(2))
if (wanted === null) refuse('wrong usage, it is called with --home DIR --port N [--listen HOST]  [HD1002]', 2)
else
  main(wanted)
    .catch((error: unknown) => refuse(failure(error, wanted), 1))
    .finally(() => process.exit())
