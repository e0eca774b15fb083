// What lies in the store and in the releases folder, and how it is taken away. Which of it may go is decided elsewhere; here
// it is only made sure that nothing goes that somebody has just written.
import { randomUUID } from 'node:crypto'
import { lstat, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '@humdrum/core/ids.ts'
import { listFolder } from './normalised-tar.ts'
import { removeFolder } from './seal.ts'

type Places = { readonly blobs: string; readonly releases: string }

const held = /^([0-9a-f]{64})(?:\.corrupt)?$/

export const listHeld = async ({ blobs, releases }: Places): Promise<readonly Digest[]> => {
  const names = [...(await readdir(blobs)), ...(await readdir(releases))]
  return [...new Set(names.flatMap((name) => held.exec(name)?.[1] ?? []))].map((hex) => `sha256:${hex}` as Digest)
}

export const removeHeld = async (places: Places, hex: string, writtenBefore: number): Promise<number> => {
  const folder = join(places.releases, hex)
  const files = [join(places.blobs, hex), join(places.blobs, `${hex}.corrupt`)]
  const found = (await Promise.all([folder, ...files].map(statOf))).filter((stat) => stat !== null)
  if (found.some(({ mtimeMs }) => mtimeMs >= writtenBefore)) return 0
  const bytes = (await bytesIn(folder)) + found.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
  await setAside(places, hex)
  for (const file of files) await rm(file, { force: true })
  return bytes
}

/** Takes an unpacked folder away at once, and then what is in it. */
const setAside = async ({ releases }: Pick<Places, 'releases'>, hex: string): Promise<void> => {
  if ((await statOf(join(releases, hex))) === null) return
  const aside = join(releases, `.${hex}.${randomUUID()}`)
  await rename(join(releases, hex), aside)
  await removeFolder(aside)
}

const statOf = (path: string) => lstat(path).catch(() => null)

const bytesIn = async (folder: string): Promise<number> => {
  const entries = await listFolder(folder).catch(() => []) // not there, or something lies in it that nobody put there
  return entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0)
}
