// A machine with systemd as its first process, in a container of its own: booted, switched off by pulling the plug, and
// gone without a trace when whoever made it ends, however that happens. Needs root and Debian; knows nothing of humdrum.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from './commands.ts'
import { assert, run } from './commands.ts'
import { runningProcesses } from './processes.ts'

const plainEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }

/** Makes the file system of a small Debian as an archive where there is none: 15 s, and packages from its mirror. */
export const baseArchive = async (path: string): Promise<string> => {
  for (const tool of ['mmdebstrap', 'systemd-nspawn']) {
    const found = await run('sh', ['-c', `command -v ${tool}`], { cwd: '/', env: plainEnvironment })
    assert(found.code === 0, 'this needs: apt-get install --no-install-recommends mmdebstrap systemd-container')
  }
  if (existsSync(path)) return path
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.draft.tar`
  const include = '--include=systemd,systemd-sysv,dbus,libpam-systemd'
  const words = ['--quiet', '--variant=minbase', include, 'bookworm', draft]
  const made = await run('mmdebstrap', words, { cwd: '/', env: { ...process.env }, timeoutMs: 300_000 })
  assert(made.code === 0, 'mmdebstrap failed', made)
  renameSync(draft, path)
  return path
}

export type Guest = {
  /** Its file system. */
  readonly root: string
  /** Until systemd has started all that it should. */
  readonly boot: () => Promise<void>
  /** Every process of it is gone at once, as when the plug is pulled; files stay. */
  readonly cutPower: () => Promise<void>
  /** `systemctl reboot`: ends in order and boots again. */
  readonly reboot: () => Promise<void>
  /** Runs a command in it as root or, with the user in front, as somebody. */
  readonly run: (...command: readonly string[]) => Promise<Answer>
  readonly start: (...command: readonly string[]) => ChildProcess
  readonly remove: () => Promise<void>
}

/** One word per process, each in the hierarchies that this machine has (the new one, the old one, both). */
const groupsOf = (name: string): readonly string[] =>
  ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified']
    .filter((hierarchy) => existsSync(join(hierarchy, 'cgroup.procs')))
    .map((hierarchy) => join(hierarchy, name))

/** What ended a moment ago may still be counted in it. */
const removeGroup = async (group: string): Promise<void> => {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) await removeGroup(join(group, entry.name))
  for (const deadline = Date.now() + 10_000; ; await wait(50)) {
    try {
      return rmdirSync(group)
    } catch (cause) {
      if (Date.now() > deadline) throw cause
    }
  }
}

// The guest's processes live in a process namespace inside another one, whose first process is killed with its parent, which
// is killed with us: nspawn alone would leave the guest running. What nspawn keeps beside the guest goes with the mounts.
const joinGroups = 'for group; do echo $$ > "$group/cgroup.procs"; done'
const inNamespaces = 'exec setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount-proc /bin/sh -c'
const ownRun = 'mount -t tmpfs tmpfs /run'
const nspawn = 'exec systemd-nspawn --quiet --boot --register=no --keep-unit --private-network --console=pipe'

const container = (root: string, groups: readonly string[]): readonly string[] => [
  '-c',
  `${joinGroups}; ${inNamespaces} '${ownRun} && ${nspawn} --directory "$0"' "$0"`,
  root,
  ...groups,
]

/** The guest's first process, as this machine numbers it; null while there is none. */
const leaderOf = (machine: ChildProcess): number | null => {
  const all = runningProcesses()
  const childOf = (parent: number | undefined) => all.find((process) => process.parent === parent)?.pid
  return childOf(childOf(machine.pid)) ?? null
}

/** Unpacks the archive into a new folder. */
export const makeGuest = async (folder: string, archive: string): Promise<Guest> => {
  const root = join(folder, 'guest')
  mkdirSync(root, { mode: 0o755 })
  const unpacked = await run('tar', ['-xf', archive, '-C', root], { cwd: '/', env: plainEnvironment })
  assert(unpacked.code === 0, 'the base cannot be unpacked', unpacked)
  const groups = groupsOf(`humdrum-guest-${process.pid}`)
  for (const group of groups) mkdirSync(group)
  let machine: ChildProcess | null = null
  /** The guest's first process, as this machine numbers it. */
  let leader = 0

  const within = (command: readonly string[]): string[] => ['--target', String(leader), '--all', '--', ...command]
  const inGuest = (...command: readonly string[]): Promise<Answer> =>
    run('nsenter', within(command), { cwd: '/', env: plainEnvironment, timeoutMs: 90_000 })

  const boot = async (): Promise<void> => {
    const console = openSync(join(folder, 'console'), 'w')
    machine = spawn('/bin/sh', container(root, groups), { stdio: ['ignore', console, console], env: plainEnvironment })
    closeSync(console)
    for (const deadline = Date.now() + 60_000; ; await wait(20)) {
      leader = leaderOf(machine) ?? 0
      const state = leader === 0 ? '' : (await inGuest('systemctl', 'is-system-running', '--wait')).output
      if (/^(running|degraded)/.test(state)) return
      assert(Date.now() < deadline, `the guest does not boot: ${readFileSync(join(folder, 'console'), 'utf8')}`)
    }
  }

  const untilOff = async (): Promise<void> => {
    if (machine !== null && machine.exitCode === null && machine.signalCode === null) await once(machine, 'exit')
    while (runningProcesses().some(({ pid }) => pid === leader)) await wait(5)
  }

  const cutPower = async (): Promise<void> => {
    machine?.kill('SIGKILL')
    await untilOff()
  }

  return {
    root,
    boot,
    cutPower,
    reboot: async () => {
      await inGuest('systemctl', 'reboot')
      await untilOff() // nspawn ends with the guest, and leaves the next boot to others
      await boot()
    },
    run: inGuest,
    start: (...command) => spawn('nsenter', within(command), { stdio: 'pipe', env: plainEnvironment }),
    remove: async () => {
      await cutPower()
      for (const group of groups) await removeGroup(group)
      rmSync(root, { recursive: true, force: true })
    },
  }
}
