// `humdrum service` on a real machine with systemd: installed there from the package, killed part by part, and switched off
// in the middle of things. Needs root, Debian, and the packages mmdebstrap and systemd-container.
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from './commands.ts'
import { assert } from './commands.ts'
import type { Guest } from './guest.ts'
import { baseArchive, makeGuest } from './guest.ts'
import { checkout } from './install-packed.ts'
import {
  appConfig,
  asHumdrum,
  askFor,
  askWhile,
  edges,
  expectRefusal,
  failures,
  furnish,
  home,
  humdrum,
  mainPid,
  processes,
  status,
  succeed,
  summary,
  units,
  unitsFolder,
  until,
  writeApp,
} from './service-guest.ts'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const archivePath = (): string =>
  process.env['HUMDRUM_GUEST_ARCHIVE'] ?? join(checkout, 'node_modules/.cache/humdrum/bookworm.tar')

const kill = (guest: Guest, pid: number): Promise<string> => succeed(guest, 'sh', '-c', `kill -9 ${pid}`)

const refuse = async (guest: Guest): Promise<void> => {
  const install = (...words: readonly string[]) => guest.run('humdrum', 'service', 'install', ...words)
  expectRefusal(await install('--user', 'humdrum'), 'HD1203', /useradd --system --create-home humdrum/)
  await succeed(guest, 'useradd', '--system', '--create-home', 'humdrum')
  expectRefusal(await install('--user', 'humdrum', '--home', '/root/h'), 'HD1106', /humdrum cannot use \/root\/h/)
  await succeed(guest, 'sh', '-c', `install -d -o humdrum -m 700 /srv/h && touch /srv/h/of-root`)
  expectRefusal(await install('--user', 'humdrum', '--home', '/srv/h'), 'HD1106', /chown -R humdrum: \/srv\/h/)
  await succeed(guest, 'humdrum', 'up', '--detach', '--home', '/srv/up', '--port', '0', '--edge-port', '0')
  expectRefusal(await install('--home', '/srv/up'), 'HD1104', /humdrum down --home \/srv\/up, and install again/)
  await succeed(guest, 'sh', '-c', 'kill -9 $(grep -o \'"pid":[0-9]*\' /srv/up/cli.json | cut -d: -f2)')
  expectRefusal(await install('--home', '/srv/up'), 'HD1104', /its edge does/)
  await succeed(guest, 'humdrum', 'down', '--home', '/srv/up')
  assert(
    units.every((unit) => !existsSync(join(guest.root, unitsFolder, `${unit}.service`))),
    'a refusal left units',
  )
}

const install = async (guest: Guest): Promise<void> => {
  await succeed(guest, ...asHumdrum, 'mkdir', '-p', '/home/humdrum/greeter', home)
  writeFileSync(join(guest.root, home, 'server.env'), 'GREETING="hello"\n', { mode: 0o600 })
  writeFileSync(join(guest.root, 'home/humdrum/greeter/humdrum.yaml'), appConfig)
  await succeed(guest, 'chown', '-R', 'humdrum:', home)
  const words = ['humdrum', 'service', 'install', '--user', 'humdrum', '--edge-port', '80'] as const
  const first = await succeed(guest, ...words)
  assert(first.startsWith('installed: humdrum-apps'), `it says ${first}`)
  const pids = await Promise.all(units.map((unit) => mainPid(guest, unit)))
  assert(
    (await succeed(guest, ...words)).startsWith('installed already, nothing changed'),
    'the second one changed something',
  )
  assert(
    String(await Promise.all(units.map((unit) => mainPid(guest, unit)))) === String(pids),
    'the second one restarted',
  )
  const complaints = await guest.run(
    'systemd-analyze',
    'verify',
    ...units.map((unit) => `${unitsFolder}/${unit}.service`),
  )
  assert(complaints.code === 0 && complaints.errors === '', 'systemd complains of the units', complaints)
  expectRefusal(await guest.run('humdrum', 'service', 'install', '--home', '/srv/other'), 'HD1202', /service uninstall/)
}

const whoMayWhat = async (guest: Guest): Promise<void> => {
  const statusOf = async (unit: string) => succeed(guest, 'cat', `/proc/${await mainPid(guest, unit)}/status`)
  const [edge, server] = [await statusOf('humdrum-edge'), await statusOf('humdrum-server')]
  for (const text of [edge, server]) assert(!/^Uid:\s+0\s/m.test(text), 'it runs as root')
  assert(/^CapEff:\s+0+400$/m.test(edge), 'the edge has other rights than that to low ports')
  assert(/^CapEff:\s+0+$/m.test(server), 'the server has rights')
}

const deploy = async (guest: Guest): Promise<void> => {
  writeApp(guest, 'one')
  const { code, output, errors } = await humdrum(guest, 'deploy --wait')
  assert(code === 0, 'the deploy failed', { code, output, errors })
  const { answers } = await askFor(guest, 200)
  assert(Object.keys(answers).join() === 'hello from one', `port 80 answers ${JSON.stringify(answers)}`)
}

const loseServer = async (guest: Guest): Promise<void> => {
  const before = await mainPid(guest, 'humdrum-server')
  const asked = await askWhile(guest, async () => {
    await kill(guest, before)
    await until('a server is back', async () => {
      const now = await status(guest)
      return now !== null && now.server.pid !== before && now.edge.reachable
    })
  })
  assert(failures(asked) === 0, `requests failed: ${JSON.stringify(asked)}`)
  const again = await askWhile(guest, () => succeed(guest, 'systemctl', 'restart', 'humdrum-server'))
  assert(failures(again) === 0, `requests failed at a restart: ${JSON.stringify(again)}`)
  const instances = (await processes(guest)).filter((line) => line.includes('greet.mjs')).length
  assert(instances === 2, `${instances} instances run`)
}

const loseEdge = async (guest: Guest): Promise<void> => {
  const before = await mainPid(guest, 'humdrum-edge')
  const asked = await askWhile(guest, async () => {
    await kill(guest, before)
    await until('an edge is back', async () => {
      const now = await status(guest)
      return now?.edge.reachable === true && now.edge.pid !== before
    })
  })
  assert(!asked.failsStill && asked.longestGapMs < 3_000, `no answers: ${JSON.stringify(asked)}`)
  say(`    without an edge for ${asked.longestGapMs} ms`)
  assert((await edges(guest)) === 1, 'more than one edge runs')
  assert((await status(guest))?.edge.pid === (await mainPid(guest, 'humdrum-edge')), 'the edge is not that of systemd')
}

const keptFromDown = async (guest: Guest): Promise<void> => {
  expectRefusal(await humdrum(guest, 'down'), 'HD1205', /systemctl stop humdrum-server humdrum-edge/)
  expectRefusal(await humdrum(guest, 'up'), 'HD1104', /humdrum status/)
  assert(failures(await askFor(guest, 100)) === 0, 'it stopped after all')
}

const untilServed = (guest: Guest): Promise<void> =>
  until('port 80 answers', async () => !(await askFor(guest, 0)).failsStill)

const bootWithoutServer = async (guest: Guest): Promise<void> => {
  const before = JSON.stringify(summary(await status(guest)))
  await succeed(guest, 'systemctl', 'disable', '--quiet', 'humdrum-server')
  await guest.cutPower()
  await guest.boot()
  await untilServed(guest)
  const asked = await askFor(guest, 500)
  assert(Object.keys(asked.answers).join() === 'hello from one', `port 80 answers ${JSON.stringify(asked)}`)
  assert((await mainPid(guest, 'humdrum-server')) === 0, 'a server runs: this proves nothing')
  const bootMs = (unit: string, what: string) =>
    succeed(guest, 'systemctl', 'show', `--property=${what}TimestampMonotonic`, '--value', unit).then(
      (us) => Number(us) / 1_000,
    )
  const apps = Math.round(
    (await bootMs('humdrum-apps', 'ActiveEnter')) - (await bootMs('humdrum-apps', 'InactiveExit')),
  )
  say(`    the apps were ready ${apps} ms after systemd began with them`)
  const meanwhile = await askWhile(guest, async () => {
    await succeed(guest, 'systemctl', 'enable', '--quiet', '--now', 'humdrum-server')
    await until('status is what it was', async () => JSON.stringify(summary(await status(guest))) === before)
  })
  assert(failures(meanwhile) === 0, `the server's start cost requests: ${JSON.stringify(meanwhile)}`)
  assert((await edges(guest)) === 1, 'more than one edge runs')
}

const bootWithinRollout = async (guest: Guest): Promise<void> => {
  writeApp(guest, 'two')
  assert((await humdrum(guest, 'deploy')).code === 0, 'the deploy is refused')
  const half = async (): Promise<boolean> => 'hello from two' in (await askFor(guest, 100)).answers
  await until('the candidate has traffic', half)
  await succeed(guest, 'systemctl', 'disable', '--quiet', 'humdrum-server')
  await guest.cutPower()
  await guest.boot()
  await untilServed(guest)
  const asked = await askFor(guest, 1_000)
  assert(Object.keys(asked.answers).join() === 'hello from one', `not stable alone: ${JSON.stringify(asked)}`)
  await succeed(guest, 'systemctl', 'enable', '--quiet', '--now', 'humdrum-server')
  await until('the rollout goes on', half)
  const now = (await status(guest))?.environments[0]
  assert(
    now?.rollout.phase === 'Progressing' && now.rollout.id === 'r-2',
    `it is ${JSON.stringify(summary(await status(guest)))}`,
  )
  assert((await humdrum(guest, 'abort')).code === 0, 'the rollout cannot be aborted')
  await until('stable has all traffic', async () => !(await half()))
}

const rebootInOrder = async (guest: Guest): Promise<void> => {
  const begun = performance.now()
  await guest.reboot()
  await untilServed(guest)
  const seconds = (performance.now() - begun) / 1_000
  say(`    down and up again in ${seconds.toFixed(1)} s`)
  assert(seconds < 20, 'something does not end when the machine does')
  await until('status is whole', async () => {
    const now = (await status(guest))?.environments[0]?.rollout
    return now?.phase === 'RolledBack' && now.releases.some(({ release, ready }) => release === 'v1' && ready === 2)
  })
}

const uninstall = async (guest: Guest): Promise<void> => {
  const words = ['humdrum', 'service', 'uninstall'] as const
  const said = await succeed(guest, ...words)
  assert(said.includes(`the home ${home} stays`), `it says ${said}`)
  const left = await processes(guest)
  assert(left.length === 0, `there still runs\n  ${left.join('\n  ')}`)
  const known = await succeed(
    guest,
    'sh',
    '-c',
    'systemctl list-unit-files --all "humdrum*" --no-legend; ls -R /etc/systemd | grep humdrum || true',
  )
  assert(known.trim() === '', `systemd still knows ${known}`)
  assert(existsSync(join(guest.root, home, 'store.db')), 'the home is gone')
  const strangers = await succeed(guest, 'find', home, '!', '-user', 'humdrum')
  assert(strangers === '', `of somebody else: ${strangers}`)
  assert((await succeed(guest, ...words)).startsWith('no service is installed'), 'the second one found something')
}

/** Its apps get users of their own, and the edge no more of root than it needs. */
const underRoot = async (guest: Guest): Promise<void> => {
  const inApp = (line: string) =>
    succeed(guest, 'sh', '-c', `cd /home/humdrum/greeter && humdrum ${line} --home /srv/root`)
  await succeed(guest, 'sh', '-c', 'mkdir -m 700 /srv/root && echo GREETING=hello > /srv/root/server.env')
  await inApp('service install --edge-port 80')
  await inApp('deploy --wait')
  await guest.cutPower()
  await guest.boot()
  await untilServed(guest)
  const look = 'for p in /proc/[0-9]*; do if grep -qs "greet[.]mjs" $p/cmdline; then stat -c %u $p; fi; done'
  const owners = await succeed(guest, 'sh', '-c', look)
  assert(/^(6\d{4}\n)+$/.test(owners), `the app runs as ${owners}`)
  const rights = await succeed(guest, 'cat', `/proc/${await mainPid(guest, 'humdrum-edge')}/status`)
  assert(/^CapEff:\s+0+404$/m.test(rights), 'the edge has more of root than it needs')
  await inApp('service uninstall')
  assert((await processes(guest)).length === 0, 'something still runs')
}

const forOnePerson = async (guest: Guest): Promise<void> => {
  const uid = (await succeed(guest, 'id', '-u', 'humdrum')).trim()
  expectRefusal(await humdrum(guest, 'service install'), 'HD1201', /service install --user NAME/)
  await succeed(guest, 'systemctl', 'start', `user@${uid}`)
  const person = async (line: string): Promise<Answer> =>
    guest.run(...asHumdrum, `XDG_RUNTIME_DIR=/run/user/${uid}`, 'humdrum', 'service', ...line.split(' '))
  expectRefusal(
    await person('install --edge-port 80'),
    'HD1105',
    /sudo humdrum service install --user humdrum --edge-port 80/,
  )
  const installed = await person('install')
  assert(
    installed.code === 0 && installed.output.includes('loginctl enable-linger humdrum'),
    'not installed',
    installed,
  )
  await until('the app of before is back', async () => !(await askFor(guest, 0, 8_080)).failsStill)
  await succeed(guest, 'loginctl', 'enable-linger', 'humdrum')
  await guest.cutPower()
  await guest.boot()
  await until('port 8080 answers', async () => !(await askFor(guest, 0, 8_080)).failsStill)
  const running = (await processes(guest)).filter((line) => line.includes('dist/'))
  assert(running.length === 2, `not a server and an edge: ${running.join(', ')}`)
  const removed = await person('uninstall')
  assert(removed.code === 0 && (await processes(guest)).length === 0, 'something still runs', removed)
}

const steps: Readonly<Record<string, (guest: Guest) => Promise<void>>> = {
  'refuses what would not work, and writes nothing': refuse,
  'installs, once and again; systemd has no complaint': install,
  'gives root to nobody, and the low port to the edge alone': whoMayWhat,
  'deploys, and serves on port 80': deploy,
  'loses its server without a failed request, by kill -9 and by a restart': loseServer,
  'loses its edge for a moment, and has one again': loseEdge,
  'says that systemd keeps it running where down is asked for': keptFromDown,
  'serves stable after a power cut, before a server is up; then status is what it was': bootWithoutServer,
  'serves stable alone after a power cut within a rollout, which then goes on': bootWithinRollout,
  'comes back from a reboot in order': rebootInOrder,
  'uninstalls, and leaves nothing but the home': uninstall,
  'installs under root, with apps that are not root': underRoot,
  'installs for one person, who is not root': forOnePerson,
}

/** One after the other, as each begins where the one before ended. */
const runSteps = async (guest: Guest, onPassed: () => void): Promise<void> => {
  for (const [promise, step] of Object.entries(steps)) {
    const begun = performance.now()
    await step(guest)
    onPassed()
    say(`✓ ${promise}  (${((performance.now() - begun) / 1_000).toFixed(1)} s)`)
  }
}

const main = async (interrupted: Promise<never>): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'humdrum-service-'))
  chmodSync(folder, 0o755)
  let [passed, failed] = [0, 0]
  let guest: Guest | null = null
  try {
    assert(process.getuid?.() === 0, 'only root can make a machine')
    const begun = performance.now()
    guest = await makeGuest(folder, await baseArchive(archivePath()))
    await Promise.race([furnish(guest, folder), interrupted])
    await guest.boot()
    say(`a machine with systemd after ${((performance.now() - begun) / 1_000).toFixed(1)} s`)
    const all = runSteps(guest, () => {
      passed += 1
    })
    await Promise.race([all, interrupted])
  } catch (cause) {
    failed = 1
    say(`✗ ${Object.keys(steps)[passed]}\n${cause instanceof Error ? cause.message : String(cause)}`)
    const journal = await guest?.run('journalctl', '--no-pager', '--lines=60', '--unit=humdrum-*').catch(() => null)
    say(journal?.output ?? '')
  } finally {
    await guest?.remove()
    rmSync(folder, { recursive: true, force: true })
  }
  say(`service: ${passed} passed, ${failed} failed`)
  return failed
}

/** `--base`: only fetches what the machine is made from. */
const fetchBase = (): Promise<number> =>
  baseArchive(archivePath()).then(
    () => 0,
    (cause: unknown) => {
      say(String(cause))
      return 1
    },
  )

if (import.meta.main) {
  const interrupted = Promise.withResolvers<never>()
  interrupted.promise.catch(() => {}) // raced for later
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.reject(new Error(`interrupted by ${signal}`)))
  process.exit(await (process.argv.includes('--base') ? fetchBase() : main(interrupted.promise)))
}
