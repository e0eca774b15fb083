// One release from its folder to the end of its rollout, by the parts that `humdrum deploy` is made of, so that the demo can
// tell all rollouts in one timeline.
import { artifactWords, makeArtifact } from '@humdrum/cli/artifact/make-artifact.ts'
import { readConfigFile } from '@humdrum/cli/config-file.ts'
import { followRollout } from '@humdrum/cli/follow-rollout.ts'
import type { Follower } from '@humdrum/cli/render/follow.ts'
import { labelled } from '@humdrum/cli/render/words.ts'
import type { Sink } from '@humdrum/cli/terminal.ts'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Client } from '@humdrum/contract/client.ts'
import { isOver, waitsForPerson } from '@humdrum/core/rollout/state.ts'

export type Shipping = {
  readonly connect: () => Client
  readonly follower: Follower
  readonly sink: Sink
  readonly signal: AbortSignal
}

/** Nobody starts a server again here: one that is away for so long stays away. */
const patienceMs = 10_000

/** Begins a rollout of what lies in a folder. */
export const deploy = async (
  { connect, sink }: Pick<Shipping, 'connect' | 'sink'>,
  folder: string,
  version: string,
) => {
  const file = readConfigFile(folder, undefined)
  if (!file.ok) throw new Error(file.problems.map(({ message }) => message).join('; '))
  const client = connect()
  const made = await makeArtifact(client, { config: file.parsed.config, folder }, sink)
  const { rollout } = await client.deploy({ config: file.parsed.value, artifact: made.digest, version })
  return { rollout, artifact: artifactWords(version, made) }
}

/** The rollout as it was when it was over, when it waited for a person, or when the signal came. */
export const ship = async (shipping: Shipping, folder: string, version: string): Promise<RolloutView> => {
  const { connect, follower, signal } = shipping
  const { rollout, artifact } = await deploy(shipping, folder, version)
  follower.say(`· ${labelled('artifact', artifact)}`)
  const until = (view: RolloutView): boolean => isOver(view) || waitsForPerson(view)
  return followRollout({ connect, rollout, follower, until, signal, patienceMs })
}
