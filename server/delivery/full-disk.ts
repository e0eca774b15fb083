// Whether there is room for a new release. Asked before its bytes are taken, and again before its rollout begins; never for
// what goes back, ends or waits.
import { diskWords, isTooFull } from '@humdrum/core/disk.ts'
import type { Fault } from '@humdrum/core/errors.ts'
import type { DeliveryParts } from './parts.ts'

/** HD1109, or null where there is room. */
export const fullDisk = async ({ disks }: Pick<DeliveryParts, 'disks'>): Promise<Fault | null> => {
  const full = (await disks()).find(isTooFull)
  return full === undefined ? null : { code: 'HD1109', reason: diskWords(full) }
}
