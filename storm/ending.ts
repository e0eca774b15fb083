// How things are when the storm is over: who serves, how every rollout ended, what the logs say, what is left. Asked in an
// order in which each answer is still to be had: first of the server, then of its files, last of the machine.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { placesIn } from '@humdrum/server/config.ts'
import { openStore } from '@humdrum/server/store/open.ts'
import { transitionsAfter } from '@humdrum/server/store/records.ts'
import { unsoundness } from '@humdrum/server/store/soundness.ts'
import type { Ground } from './ground.ts'
import { instancesOn, isServing } from './ground.ts'
import type { Ending, Shipped } from './history.ts'
import type { Begun } from './operator.ts'
import { hostOf, instancesOfEach } from './release.ts'
import { releaseAt } from './users.ts'

const patienceMs = 90_000
const probes = 40

/** Waits until every environment is at rest: its rollout over, stable whole, nothing else running. */
export const settle = async (ground: Ground): Promise<readonly string[]> => {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const restless = await unsettled(ground.site, instancesOn(ground))
    if (restless.length === 0) return []
    if (performance.now() > deadline) return restless
    ground.note(null, `not at rest yet: ${restless[0]}`)
    await sleep(1_000)
  }
}

const unsettled = async (
  site: Ground['site'],
  instances: ReturnType<typeof instancesOn>,
): Promise<readonly string[]> => {
  const status = await site.connect().status()
  return status.environments.flatMap(({ app, stable, rollout }) => {
    const own = instances.filter((one) => one.app === app)
    const serving = own.filter((one) => isServing(one) && one.release.version === stable)
    const isWhole = serving.length === instancesOfEach && own.length === instancesOfEach
    return isOver(rollout) && isWhole
      ? []
      : [`${app}: ${rollout.id} is ${rollout.phase}, ${serving.length} instances of ${stable}, ${own.length} in all`]
  })
}

/** Whom the users of every app meet. */
export const whoServes = async ({ site, edgePort }: Ground): Promise<Ending['serving']> => {
  const { environments } = await site.connect().status()
  return Promise.all(
    environments.map(async ({ app, stable }) => {
      const answers = Array.from({ length: probes }, () => releaseAt(edgePort, hostOf(app)))
      return { app, stable, seen: [...new Set(await Promise.all(answers))] }
    }),
  )
}

export const viewsOf = async ({ site }: Ground, apps: readonly string[]): Promise<ReadonlyMap<string, RolloutView>> => {
  const lists = await Promise.all(apps.map((app) => site.connect().listRollouts({ app, limit: '200' })))
  return new Map(lists.flatMap(({ rollouts }) => rollouts.map((view) => [view.id, view] as const)))
}

type Kept = { readonly shipped: readonly Shipped[]; readonly problems: readonly string[] }

/** From the store, when no server has it open any more. */
export const readStore = async (
  { site }: Ground,
  begun: readonly Begun[],
  views: ReadonlyMap<string, RolloutView>,
): Promise<Kept> => {
  const store = await openStore(placesIn(site.home).store)
  try {
    const shipped: Shipped[] = []
    for (const one of begun) {
      const view = views.get(one.id)
      if (view === undefined) throw new Error(`the server does not know ${one.id}`)
      const rollout = Number(one.id.slice('r-'.length)) as RolloutId
      const transitions = await transitionsAfter(store.db, { after: 0, rollout, limit: 1_000 })
      shipped.push({ ...one, view, transitions })
    }
    return { shipped, problems: await unsoundness(store.db) }
  } finally {
    await store.close()
  }
}

const linesOf = (file: string): readonly string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [])

/** Lines that tell of something that nobody planned. */
export const complaints = ({ site }: Ground): readonly string[] => [
  ...linesOf(join(site.home, 'server.log')).filter((line) =>
    /needs a person|broke|failed {2}\{|HD9999|^ {4}at /.test(line),
  ),
  ...linesOf(join(placesIn(site.home).edge, 'edge.log')).filter(
    (line) => /"level":"error"/.test(line) && !/"message":"tripped"/.test(line),
  ),
]

const textsOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return '' // it ended meanwhile
  }
}

/** Processes that were started with a folder of the site, when all of it was stopped. */
export const leftOver = ({ site }: Ground): readonly string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && textsOf(entry).includes(site.folder))
    .map((pid) => `process ${pid} is left: ${textsOf(pid).split('\0', 3).join(' ')}`)
