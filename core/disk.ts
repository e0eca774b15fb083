// How full a file system is, and when that is too full for a new release. Measured elsewhere.
import { formatBytes } from './bytes.ts'
import type { PartsPerMillion } from './time.ts'
import { formatPercent, ppm } from './time.ts'

export type DiskUse = {
  /** The folder of ours that lies there. */
  readonly folder: string
  /** As `df` says it: of what everybody may use. */
  readonly used: PartsPerMillion
  readonly freeBytes: number
}

/** From here on no deploy begins: what runs, and the way back, need the rest. */
const tooFull = ppm(900_000)
/** From here on people are told. */
const gettingFull = ppm(800_000)

export const isTooFull = ({ used }: DiskUse): boolean => used >= tooFull

/** `/root/.humdrum lies on a disk that is 93 % full, with 4.2 GB free: no deploy begins from 90 % on`. */
export const diskWords = ({ folder, used, freeBytes }: DiskUse): string => {
  const share = formatPercent(ppm(Math.floor(used / 10_000) * 10_000)) // not rounded up to a limit that is not reached
  const limit = formatPercent(tooFull)
  return `${folder} lies on a disk that is ${share} full, with ${formatBytes(freeBytes)} free: no deploy begins from ${limit} on`
}

/** Null while there is nothing to say. */
export const diskWarning = (use: DiskUse): string | null => (use.used > gettingFull ? diskWords(use) : null)
