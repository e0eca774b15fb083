// Takes away the bytes of artifacts that nobody needs. First their rows say that they are gone, then they go: a kill in
// between leaves bytes that nobody claims, and the next collection takes those too.
import type { Digest } from '@humdrum/core/ids.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { markCollected } from '../store/collection.ts'
import type { Store } from '../store/open.ts'
import { mayGo, youngMs } from './may-go.ts'

export type CollectParts = {
  readonly store: Store
  readonly artifacts: {
    list(): Promise<readonly Digest[]>
    /** 0 when some of it is younger than that. */
    remove(digest: Digest, writtenBefore: number): Promise<number>
  }
  readonly inUse: () => ReadonlySet<Digest>
  readonly now: () => Instant
}

export type Collected = { readonly artifacts: number; readonly bytes: number }

export const collect = async ({ store, artifacts, inUse, now }: CollectParts): Promise<Collected> => {
  const at = now()
  const held = await markCollected(store.db, at, (holdings) => mayGo(holdings, { at, inUse: inUse() }))
  let [count, bytes] = [0, 0]
  for (const digest of await artifacts.list()) {
    // Asked again for each: what nobody claims may be an upload whose row is about to come, or may have been started.
    if (held.has(digest) || inUse().has(digest)) continue
    const freed = await artifacts.remove(digest, at - youngMs)
    if (freed > 0) [count, bytes] = [count + 1, bytes + freed]
  }
  return { artifacts: count, bytes }
}
