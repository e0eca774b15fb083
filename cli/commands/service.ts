// `humdrum service install` and `uninstall`: hands server, edge and apps of one home to systemd, and takes them back. All
// that can be refused is refused before anything is written.
import { existsSync } from 'node:fs'
import process from 'node:process'
import { FaultError } from '@humdrum/core/errors.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { commandOn, localHome } from '../home.ts'
import type { LocalInvocation } from '../invocation.ts'
import { findRunningServer } from '../running-server.ts'
import { edgeEntry, serverEntry } from '../server-entry.ts'
import { findLivingEdge } from '../service/living-edge.ts'
import type { ServiceUser } from '../service/service-user.ts'
import { findUser, ownUser, requireHome, requirePrograms } from '../service/service-user.ts'
import type { Installed } from '../service/systemd.ts'
import {
  findInstalled,
  isActive,
  mainPid,
  ownScope,
  removeUnits,
  requireSystemd,
  systemctlWords,
  tell,
  unitFolder,
  writeUnits,
} from '../service/systemd.ts'
import type { ServicePlan } from '../service/unit-files.ts'
import { isSayable, unitFiles, unitNames, variablesFile } from '../service/unit-files.ts'
import { endWhatIsLeft } from './down.ts'

export type InstallOptions = {
  readonly port?: number
  readonly edgePort?: number
  readonly user?: string
  readonly dryRun?: true
}

/** Fails with HD1002, HD1104, HD1105, HD1106, HD1108 or HD12xx. */
export const installService = async (invocation: LocalInvocation, options: InstallOptions): Promise<ExitCode> => {
  const { out } = invocation.terminal
  const user = userOf(options)
  const plan = planOf(invocation, options, user)
  if (options.dryRun) {
    const folder = unitFolder(plan.scope)
    for (const [name, text] of Object.entries(unitFiles(plan))) out.write(`# ${folder}/${name}.service\n${text}\n`)
    return exitCode.well
  }
  await refuseWhatStandsInTheWay(invocation, plan)
  requirePrograms(Object.values(plan.programs), user)
  requireHome(plan.home, user)
  const changed = await putInForce(plan)
  if (!(await isServing(plan.home))) {
    const next = `journalctl ${plan.scope === 'person' ? '--user ' : ''}-u humdrum-server -u humdrum-edge`
    throw new FaultError({ code: 'HD1108', reason: 'the units are installed, and it does not answer yet', next })
  }
  out.write(installedWords(plan, user, changed))
  return exitCode.well
}

/** Fails with HD1002 where somebody else than root names a user, HD1203 where there is none. */
const userOf = ({ user }: InstallOptions): ServiceUser => {
  if (user === undefined) return ownUser()
  if (ownScope() === 'system') return findUser(user)
  const next = 'as root: sudo humdrum service install --user NAME      for yourself: leave --user out'
  throw new FaultError({ code: 'HD1002', reason: '--user is for root alone', next })
}

const planOf = (
  { home: given, variables }: LocalInvocation,
  { port = 7_700, edgePort = 8_080, user: named }: InstallOptions,
  user: ServiceUser,
): ServicePlan => {
  const isNamed = given !== undefined || Boolean(variables['HUMDRUM_HOME'])
  const home = named !== undefined && !isNamed ? user.defaultHome : localHome(given, variables)
  const programs = { node: process.execPath, server: serverEntry(), edge: edgeEntry() }
  for (const path of [home, ...Object.values(programs)])
    if (!isSayable(path)) throw usage(`${JSON.stringify(path)} holds characters that a unit file cannot say`)
  if (edgePort === 0) throw usage('after a reboot the edge must have the same port: --edge-port 0 is for tests')
  return { scope: ownScope(), home, port, edgePort, user: named ?? null, programs, path: ownPath(variables) }
}

const usage = (reason: string): FaultError =>
  new FaultError({ code: 'HD1002', reason, next: 'humdrum service install --help' })

/** Without what npm adds for the time of one command. */
const ownPath = (variables: LocalInvocation['variables']): string =>
  (variables['PATH'] ?? '')
    .split(':')
    .filter(
      (folder) =>
        folder.startsWith('/') && isSayable(folder) && !/\/(node_modules\/\.bin|node-gyp-bin)\/?$/.test(folder),
    )
    .join(':') || '/usr/local/bin:/usr/bin:/bin'

const refuseWhatStandsInTheWay = async (invocation: LocalInvocation, plan: ServicePlan): Promise<void> => {
  const { scope, home, edgePort } = plan
  await requireSystemd(scope)
  const installed = findInstalled(scope)
  if (installed !== null && installed.home !== home) throw new FaultError({ code: 'HD1202', reason: installed.home })
  if (scope === 'person' && edgePort < 1_024) {
    const next = `as root: sudo humdrum service install --user ${ownUser().name} --edge-port ${edgePort}`
    throw new FaultError({ code: 'HD1105', reason: `${edgePort} is for the administrator alone`, next })
  }
  await refuseStarted(invocation, plan)
}

/** What somebody started by hand on this home would keep the units from their lock and port. */
const refuseStarted = async ({ home: given }: LocalInvocation, { scope, home }: ServicePlan): Promise<void> => {
  const next = `${commandOn(given ?? home, 'down')}, and install again`
  const server = await findRunningServer(home)
  if (server !== null && server.pid !== (await mainPid(scope, 'humdrum-server')))
    throw new FaultError({ code: 'HD1104', reason: `${home}, pid ${server.pid}, and not by systemd`, next })
  const edge = findLivingEdge(home)
  if (edge !== null && edge.pid !== (await mainPid(scope, 'humdrum-edge')))
    throw new FaultError({
      code: 'HD1104',
      reason: `its edge does: ${home}, pid ${edge.pid}, and not by systemd`,
      next,
    })
}

/** Those that changed are started anew; the apps go on in any case. */
const putInForce = async (plan: ServicePlan): Promise<boolean> => {
  const { scope } = plan
  const changed = writeUnits(scope, unitFiles(plan))
  await tell(scope, 'daemon-reload')
  await tell(scope, 'enable', '--quiet', ...unitNames)
  for (const name of unitNames) {
    const anew = changed.includes(name) && name !== 'humdrum-apps' && (await isActive(scope, name))
    await tell(scope, anew ? 'restart' : 'start', name)
  }
  return changed.length > 0
}

const patienceMs = 20_000

const isServing = async (home: string): Promise<boolean> => {
  const deadline = Date.now() + patienceMs
  while ((await findRunningServer(home, 'readyz')) === null) {
    if (Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return true
}

const installedWords = (plan: ServicePlan, { name }: ServiceUser, changed: boolean): string => {
  const { scope, home, edgePort } = plan
  const journal = `journalctl ${scope === 'person' ? '--user ' : ''}-u humdrum-server -u humdrum-edge`
  const variables = `${variablesFile(home)} (mode 0600), then ${systemctlWords(scope, 'restart humdrum-server')}`
  const rows = [
    `  apps on          http://127.0.0.1:${edgePort}, home ${home}, as ${name}`,
    `  what it says     ${journal}`,
    `  variables        ${variables}`,
    `  stop everything  humdrum service uninstall`,
    ...(scope === 'person' && !existsSync(`/var/lib/systemd/linger/${name}`)
      ? [`  from boot on, not only while you are logged in: sudo loginctl enable-linger ${name}`]
      : []),
  ]
  return `${changed ? 'installed' : 'installed already, nothing changed'}: ${unitNames.join(', ')} in ${unitFolder(scope)}\n${rows.join('\n')}\n`
}

/** Fails with HD1201 and HD1206; with HD1202 where --home names another one. */
export const uninstallService = async ({ terminal, home: given, variables }: LocalInvocation): Promise<ExitCode> => {
  const scope = ownScope()
  const installed = findInstalled(scope)
  if (installed === null) {
    terminal.out.write(`no service is installed in ${unitFolder(scope)}\n`)
    return exitCode.well
  }
  if (given !== undefined && localHome(given, variables) !== installed.home)
    throw new FaultError({
      code: 'HD1202',
      reason: installed.home,
      next: `humdrum service uninstall --home ${installed.home}`,
    })
  await requireSystemd(scope)
  if (terminal.out.isLive) terminal.out.write('stopping the server, the edge and the apps\n')
  return takeAway(terminal, installed)
}

const takeAway = async (
  { out, err }: LocalInvocation['terminal'],
  { scope, home, user }: Installed,
): Promise<ExitCode> => {
  await tell(scope, 'disable', '--quiet', '--now', ...[...unitNames].reverse()) // the server first: it would miss the others
  removeUnits(scope)
  await tell(scope, 'daemon-reload')
  const { code, errors } = existsSync(home)
    ? await endWhatIsLeft(home, user === null ? {} : findUser(user))
    : { code: 0, errors: '' }
  err.write(errors)
  out.write(
    `uninstalled: ${unitNames.join(', ')}\n  the home ${home} stays, with releases and history: ${commandOn(home, 'up')}\n`,
  )
  return code === 0 ? exitCode.well : exitCode.failure
}
