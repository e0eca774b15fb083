// One JSON object a line. `error` = someone must act; `info` = one line per transition.
export type Log = (level: 'info' | 'error', message: string, more?: Readonly<Record<string, unknown>>) => void

export const createLog =
  (write: (line: string) => void, now: () => number): Log =>
  (level, message, more = {}) =>
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...more })}\n`)

/** An error as a field of a log line, with its causes. */
export const told = (error: unknown): string =>
  error instanceof Error
    ? `${error.stack ?? error.message}${error.cause === undefined ? '' : ` <- ${told(error.cause)}`}`
    : String(error)
