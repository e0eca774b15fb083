// Whether a release could serve again at once: its bytes are there and verify, and what it asks of the server is set.
// Asked of stable before every rollout, and of the release that somebody wants to go back to.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Release } from '../store/records.ts'
import { isCollected } from '../store/records.ts'
import type { DeliveryParts } from './parts.ts'
import { keptReleases } from './rollback-targets.ts'

/** Fails with HD4311, and says what would mend it. */
export const checkServable = async (parts: DeliveryParts, release: Release): Promise<Result<null>> => {
  const { version } = release
  if (await isCollected(parts.store.db, release.artifact)) {
    const reason = `to ${version}: its bytes were collected (those of the ${keptReleases} newest releases that succeeded are kept)`
    return failed('HD4311', reason, { next: `deploy it again, from the source of ${version}: humdrum deploy` })
  }
  const placed = await parts.place(release.app, release.artifact)
  if (!placed.ok) {
    const next = `upload its bytes again, from the source of ${version}: humdrum deploy`
    return failed('HD4311', `to ${version}: ${placed.fault.reason}`, { next })
  }
  const missing = parts.missingVariables(release.run)
  if (missing.length === 0) return ok(null)
  const next = 'set it in the environment of the server and start the server again'
  return failed('HD4311', `to ${version}: ${missing.join(', ')} is not set for the server`, { next })
}
