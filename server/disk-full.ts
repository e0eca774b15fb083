// Whether something failed because there is no room left: expected on every machine one day, and not a bug.

const sqliteFull = 13

/** True for what the file system or SQLite threw at a full disk or quota, and for what has such a cause. */
export const isDiskFull = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : null
  // SQLite's extended codes keep the primary one in the low byte.
  const isFull = 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteFull
  return code === 'ENOSPC' || code === 'EDQUOT' || isFull || isDiskFull(error.cause)
}
