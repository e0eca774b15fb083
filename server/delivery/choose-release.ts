// Which release is asked for: these bytes and this run, by the given name, by the name that they have, or by the next
// free vN. Finding writes nothing; a name is claimed when nothing else speaks against the rollout.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Version } from '@humdrum/core/ids.ts'
import { shortDigest } from '@humdrum/core/ids.ts'
import type { Store } from '../store/open.ts'
import type { Release } from '../store/records.ts'
import { claimVersion, getRelease, listReleases } from '../store/records.ts'
import type { DeliveryParts } from './parts.ts'

export type WantedRelease = Omit<Release, 'version'> & {
  readonly version: Version | undefined
  /** The release that serves now: of several names for the same it is the one that is meant. */
  readonly serving: Release | null
}

/** Null when it has no name yet. Fails with HD3006. */
export const findRelease = async ({ db }: Store, wanted: WantedRelease): Promise<Result<Release | null>> => {
  const { app, digest, version, serving } = wanted
  if (version === undefined) {
    if (serving?.digest === digest) return ok(serving)
    return ok((await listReleases(db, app)).find((release) => release.digest === digest) ?? null)
  }
  const stands = await getRelease(db, app, version)
  return stands === null || stands.digest === digest
    ? ok(stands)
    : failed('HD3006', `${version} of ${app} is ${shortDigest(stands.artifact)} with its own configuration`)
}

/** As `findRelease`, and gives it a name where it has none. Another deploy may take that name first: then the next one. */
export const claimRelease = async (parts: DeliveryParts, wanted: WantedRelease): Promise<Result<Release>> => {
  const { store, now } = parts
  const { serving: _, ...release } = wanted
  const found = await findRelease(store, wanted)
  if (!found.ok) return found
  if (found.value !== null) return ok(found.value)
  const version = wanted.version ?? nextFreeVersion(await listReleases(store.db, wanted.app))
  const stands = await claimVersion(store.db, { ...release, version }, now())
  return stands.digest === wanted.digest ? ok(stands) : claimRelease(parts, wanted)
}

const nextFreeVersion = (known: readonly Release[]): Version => {
  const numbers = known.map(({ version }) => Number(/^v(\d{1,9})$/.exec(version)?.[1] ?? 0))
  return `v${Math.max(0, ...numbers) + 1}` as Version
}
