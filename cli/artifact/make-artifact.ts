// From a checked humdrum.yaml to an artifact at the server: build, choose, stream. Says what goes on where it is told to.
import type { Client } from '@humdrum/contract/client.ts'
import type { AppConfig } from '@humdrum/contract/config/app-config.ts'
import { formatBytes } from '@humdrum/core/bytes.ts'
import { formatDuration } from '@humdrum/core/time.ts'
import { whileWaiting } from '../render/waiting.ts'
import { labelled, shortDigest } from '../render/words.ts'
import type { Sink } from '../terminal.ts'
import { runBuild } from './build.ts'
import { chooseOutput, packFolder } from './pack.ts'
import { revisionOf } from './revision.ts'

export type MadeArtifact = {
  readonly digest: string
  readonly bytes: number
  /** Null where there was nothing to build. */
  readonly buildMs: number | null
  readonly revision: string | null
}

export type Source = { readonly config: AppConfig; readonly folder: string }

/** Fails with HD3001, HD3002, HD3003 and with what the server refuses. */
export const makeArtifact = async (
  client: Client,
  { config, folder }: Source,
  progress: Sink,
): Promise<MadeArtifact> => {
  const revision = await revisionOf(folder) // before the build, which may write beside the sources
  if (config.build !== null) progress.write(`building ${config.app}: ${config.build.run}\n`)
  const buildMs = config.build === null ? null : await runBuild(config.build.run, folder)
  let bytes = 0
  const packed = packFolder(await chooseOutput(config, folder), (sent) => {
    bytes = sent
  })
  const words = (): string =>
    labelled('artifact', `${formatBytes(bytes)} sent${packed.isSent() ? '; the server stores and verifies it' : ''}`)
  try {
    return { ...(await whileWaiting(progress, { words, work: client.putArtifact(packed.tar) })), buildMs, revision }
  } catch (cause) {
    throw packed.failure() ?? cause // the upload broke off because packing did
  }
}

/** `v3  sha256:3f9a1c0e2b4d  4.8 MB  built in 2.1 s from 7d1e02b (clean)`. */
export const artifactWords = (release: string, { digest, bytes, buildMs, revision }: MadeArtifact): string => {
  const built = buildMs === null ? '' : `built in ${formatDuration(buildMs)}`
  const from = revision === null ? '' : `from ${revision}`
  const origin = [built, from].filter((part) => part !== '').join(' ')
  return [release, `sha256:${shortDigest(digest)}`, formatBytes(bytes), origin].filter((part) => part !== '').join('  ')
}
