// `npm run storm`: many rollouts at once, with real processes and users, while server, edge and instances are killed and
// stopped at random. Then the laws are read over all that was seen; exit 0 only when none was broken.
import { parseArgs } from 'node:util'
import type { Site } from '@humdrum/demo/site.ts'
import { openSite } from '@humdrum/demo/site.ts'
import type { Random } from '@humdrum/sim/random.ts'
import { createRandom } from '@humdrum/sim/random.ts'
import { complaints, leftOver, readStore, settle, viewsOf, whoServes } from './ending.ts'
import { noFaults, rage } from './faults.ts'
import type { Ground } from './ground.ts'
import { instancesOn, isServing } from './ground.ts'
import type { History } from './history.ts'
import { violationsIn } from './laws.ts'
import type { Begun } from './operator.ts'
import { operate, shipOne } from './operator.ts'
import { goodRelease, planStorm } from './plan.ts'
import { instancesOfEach } from './release.ts'
import type { Note } from './report.ts'
import { lastLine, reportOf, reportWords, violationWords } from './report.ts'
import { createStanding, keepLooking } from './standing.ts'
import { usersOf } from './users.ts'
import type { Watch } from './watch.ts'
import { startWatch } from './watch.ts'

const appCount = 6

type Flags = { readonly rollouts: number; readonly seed: number; readonly json: boolean }

type Stage = {
  readonly flags: Flags
  readonly ground: Ground
  readonly watch: Watch
  readonly apps: readonly string[]
  readonly randomOf: (what: string) => Random
  readonly interruption: AbortSignal
}

/** Of each thing that is drawn a stream of its own, so that one more draw here changes nothing there. */
const randomFrom =
  (seed: number) =>
  (what: string): Random =>
    createRandom([...what].reduce((mixed, letter) => Math.imul(mixed, 31) + letter.charCodeAt(0), seed * 7_919))

/** The storm itself: from the first fault until the last rollout is over. */
const weather = async ({ flags, ground, watch, apps, randomOf, interruption }: Stage) => {
  const over = new AbortController()
  const [faults, standing] = [noFaults(), createStanding(instancesOfEach)]
  keepLooking(
    standing,
    () => ({
      at: Date.now(),
      attended: !faults.away.server && !faults.away.edge,
      serving: instancesOn(ground)
        .filter(isServing)
        .map(({ id, release, port }) => ({ release: release.version, instance: id, port })),
    }),
    over.signal,
  )
  const candidateOf = (app: string): string | null => {
    const view = watch.newest(app)
    return view?.endedAt === null ? view.release : null
  }
  const raging = rage(
    { ground, faults, standing, candidateOf },
    { randomOf, signal: AbortSignal.any([over.signal, interruption]) },
  )
  raging.catch(() => {}) // told where it is waited for
  try {
    const plans = planStorm(randomOf('plan'), { rollouts: flags.rollouts, apps })
    const desk = { ground, watch, signal: interruption }
    const begun = await Promise.all(apps.map((app) => operate(desk, app, plans.get(app) ?? [])))
    return { begun: begun.flat(), faults, standing }
  } finally {
    over.abort()
    await raging
  }
}

/** Everything that happened, when all of it is stopped. */
const historyOf = async (stage: Stage): Promise<History> => {
  const { ground, apps, randomOf, watch } = stage
  const users = usersOf(apps, { url: `http://127.0.0.1:${ground.edgePort}`, randomOf })
  try {
    const { begun, faults, standing } = await weather(stage)
    stage.interruption.throwIfAborted()
    const restless = await settle(ground)
    const serving = await whoServes(ground)
    await users.leave()
    const views = await viewsOf(ground, apps)
    const short = standing.short()
    await watch.stop()
    await ground.site.down()
    const { shipped, problems } = await readStore(ground, begun, views)
    const { server, edge, instances } = faults
    const all = [...restless, ...problems, ...complaints(ground), ...leftOver(ground)]
    return { requests: users.requests, shipped, server, edge, instances, short, ending: { serving, problems: all } }
  } finally {
    await users.leave()
    await watch.stop()
  }
}

const firstReleases = (ground: Ground, apps: readonly string[], given: { watch: Watch; signal: AbortSignal }) =>
  Promise.all(
    apps.map(
      (app): Promise<Begun> =>
        shipOne({ ground, ...given }, { app, version: `${app}-v0`, character: goodRelease, order: null }),
    ),
  )

const storm = async (flags: Flags, site: Site, interruption: AbortSignal): Promise<number> => {
  const beganAt = Date.now()
  const notes: Note[] = []
  const sink = flags.json ? process.stderr : process.stdout
  const note: Ground['note'] = (app, text) => {
    notes.push({ at: Date.now(), app, text })
    sink.write(`${((Date.now() - beganAt) / 1_000).toFixed(2).padStart(8)}  ${(app ?? '').padEnd(4)}  ${text}\n`)
  }
  note(null, `seed ${flags.seed}, ${flags.rollouts} rollouts`)
  await site.up()
  const edgePort = Number(new URL((await site.connect().status()).edge.url).port)
  const ground: Ground = { site, edgePort, note }
  const apps = Array.from({ length: appCount }, (_, index) => `a${index + 1}`)
  const watch = startWatch(site.connect)
  await firstReleases(ground, apps, { watch, signal: interruption })
  const history = await historyOf({ flags, ground, watch, apps, randomOf: randomFrom(flags.seed), interruption })
  const violations = violationsIn(history)
  const report = reportOf(history, violations, {
    seed: flags.seed,
    seconds: Math.round((Date.now() - beganAt) / 1_000),
  })
  if (violations.length > 0) sink.write(`\n${violationWords(violations, notes)}\n`)
  sink.write(`\n${reportWords(report)}\n${lastLine(report)}\n`)
  if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  return violations.length === 0 ? 0 : 1
}

/** Null when something was given that the storm does not know. */
const readFlags = (): Flags | null => {
  const count = (text: string): number => (/^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN)
  try {
    const {
      rollouts = '200',
      seed = '1',
      json = false,
    } = parseArgs({
      options: { rollouts: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } },
    }).values
    const flags = { rollouts: count(rollouts), seed: count(seed), json }
    return Number.isNaN(flags.rollouts + flags.seed) ? null : flags
  } catch {
    return null // the usage says what there is
  }
}

const main = async (): Promise<number> => {
  const flags = readFlags()
  if (flags === null) {
    process.stderr.write('npm run storm -- [--rollouts 200] [--seed 1] [--json]\n')
    return 2
  }
  const interruption = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort())
  const site = await openSite()
  try {
    return await storm(flags, site, interruption.signal)
  } catch (cause) {
    if (interruption.signal.aborted) return 130
    throw cause
  } finally {
    await site.close()
  }
}

process.exitCode = await main()
