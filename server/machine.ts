// What a home has on this machine besides the store: artifacts, and the target with its processes.

import type { DiskUse } from '@humdrum/core/disk.ts'
import type { Artifacts } from '@humdrum/providers/artifacts/folder/artifact-folder.ts'
import { createArtifactFolder } from '@humdrum/providers/artifacts/folder/artifact-folder.ts'
import type { ProcessTarget } from '@humdrum/providers/targets/process/process-target.ts'
import { createProcessTarget } from '@humdrum/providers/targets/process/process-target.ts'
import { placesIn } from './config.ts'
import { diskUse } from './disk-use.ts'
import { releasesFolder } from './home.ts'

export type Machine = {
  readonly artifacts: Artifacts
  readonly target: ProcessTarget
  /** Where releases are unpacked. */
  readonly releasesDir: string
  /** The file systems that it writes to. */
  readonly disks: () => Promise<readonly DiskUse[]>
}

/** Adopts every instance of the home that still lives. One machine at a time may have a home open. */
export const openMachine = (home: string): Machine => {
  const places = placesIn(home)
  const asRoot = process.getuid?.() === 0
  const releasesDir = releasesFolder(home, asRoot)
  const artifacts = createArtifactFolder({ storeDir: places.artifacts, releasesDir })
  const target = createProcessTarget({
    stateDir: places.target,
    artifacts,
    workDir: releasesDir,
    environment: () => process.env,
    asRoot,
  })
  return { artifacts, target, releasesDir, disks: () => diskUse([home, releasesDir]) }
}
