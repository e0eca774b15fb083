// The edge that lives on a home, by the file that it writes about itself: whoever installs a service must know whether one
// was started by hand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { edgeFileSchema } from '@humdrum/contract/edge-control.ts'
import { identityOf } from '../process-gone.ts'

/** Null where none lives. */
export const findLivingEdge = (home: string): { readonly pid: number } | null => {
  try {
    const file = edgeFileSchema.parse(JSON.parse(readFileSync(join(home, 'edge', 'edge.json'), 'utf8')))
    return identityOf(file.pid) === String(file.startTime) ? file : null
  } catch {
    return null // none yet, or half of another version
  }
}
