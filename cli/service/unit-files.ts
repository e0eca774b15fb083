// What systemd is told: three units, so that a reboot brings back first the apps, then the edge, then the server, and each
// can be restarted without the others. Pure: says the texts, and knows nothing of what is installed.

/** `system`: units of the machine, installed by root. `person`: units of one person, who is not root. */
export type UnitScope = 'system' | 'person'

export type ServicePlan = {
  readonly scope: UnitScope
  readonly home: string
  readonly port: number
  readonly edgePort: number
  /** Null: root, or the person whose units they are. */
  readonly user: string | null
  /** Absolute. */
  readonly programs: { readonly node: string; readonly server: string; readonly edge: string }
  /** Where apps find their programs, as in the shell that installs: what starts there must start after a reboot as well. */
  readonly path: string
}

/** In the order in which they start. */
export const unitNames = ['humdrum-apps', 'humdrum-edge', 'humdrum-server'] as const
export type UnitName = (typeof unitNames)[number]

export const variablesFile = (home: string): string => `${home}/server.env`

/** In a unit file `%` begins a specifier, in a command line of one `$` a variable. */
const specifierFree = (text: string): string => text.replaceAll('%', '%%')
const quoted = (word: string): string => `"${specifierFree(word)}"`
const command = (...words: readonly string[]): string =>
  `ExecStart=${words.map((word) => quoted(word.replaceAll('$', '$$$$'))).join(' ')}`

/** Characters that a unit file has no simple way to say. */
export const isSayable = (path: string): boolean => !/[\p{Cc}"\\]/u.test(path)

const homeKey = 'X-Humdrum-Home'

/** Which home an installed unit is for; null where it was not written by us. systemd itself overlooks what begins with X-. */
export const homeIn = (unit: string): string | null => settingIn(unit, homeKey)

/** Who runs it; null: root, or the person. */
export const userIn = (unit: string): string | null => settingIn(unit, 'User')

const settingIn = (unit: string, key: string): string | null => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? null

export const unitFiles = (plan: ServicePlan): Readonly<Record<UnitName, string>> => ({
  'humdrum-apps': unitFile(plan, {
    description: 'the apps, as they ran before the reboot',
    after: [],
    limits: [],
    service: appsService(plan),
  }),
  'humdrum-edge': unitFile(plan, {
    description: 'the edge, which takes the requests',
    after: ['humdrum-apps'],
    limits: forEver,
    service: edgeService(plan),
  }),
  'humdrum-server': unitFile(plan, {
    description: 'the server, which rolls releases out',
    after: ['humdrum-apps', 'humdrum-edge'],
    limits: forEver,
    service: serverService(plan),
  }),
})

const forEver = [
  '# Started again for ever: a disk that was full for an hour, or a port that was taken, must not end it for good.',
  'StartLimitIntervalSec=0',
]

type Unit = {
  readonly description: string
  readonly after: readonly UnitName[]
  readonly limits: readonly string[]
  readonly service: readonly string[]
}

const unitFile = ({ scope, home }: ServicePlan, { description, after, limits, service }: Unit): string => {
  const units = after.map((name) => `${name}.service`)
  const order = [...(scope === 'system' ? ['network.target'] : []), ...units]
  return `${[
    '# Written by humdrum service install, and anew by the next one. Changes of your own: systemctl edit.',
    '[Unit]',
    `Description=Humdrum: ${description}`,
    ...(order.length === 0 ? [] : [`After=${order.join(' ')}`]),
    ...(units.length === 0 ? [] : [`Wants=${units.join(' ')}`]),
    ...limits,
    `${homeKey}=${home}`,
    '',
    '[Service]',
    ...service,
    '',
    '[Install]',
    `WantedBy=${scope === 'system' ? 'multi-user' : 'default'}.target`,
  ].join('\n')}\n`
}

const asUser = ({ user }: ServicePlan): readonly string[] => (user === null ? [] : [`User=${user}`])

/** What holds for both units whose program starts apps. */
const startingApps = (plan: ServicePlan): readonly string[] => [
  ...asUser(plan),
  `Environment=${quoted(`PATH=${plan.path}`)}`,
  '# Variables for ${env:NAME} in humdrum.yaml; nobody else should read it: mode 0600.',
  `EnvironmentFile=-${specifierFree(variablesFile(plan.home))}`,
  '# Apps live in the group of the unit that started them, and outlive its program: they go on when it is restarted.',
  'KillMode=process',
  '# An app that takes too much memory ends alone.',
  'OOMPolicy=continue',
  'TasksMax=infinity',
  '# Nothing is forbidden here: apps inherit it, and may be any program; a private /tmp or a read-only /usr would differ',
  '# between those that were started by one unit and by the other. Under root every app runs as a user of its own.',
]

const appsService = (plan: ServicePlan): readonly string[] => [
  'Type=oneshot',
  'RemainAfterExit=yes',
  command(plan.programs.node, plan.programs.server, '--home', plan.home, '--restore'),
  '# It waits 20 s for those that served; large releases take time to verify before.',
  'TimeoutStartSec=120',
  ...startingApps(plan),
]

const serverService = (plan: ServicePlan): readonly string[] => [
  'Type=exec',
  command(
    plan.programs.node,
    plan.programs.server,
    '--home',
    plan.home,
    '--port',
    String(plan.port),
    '--supervised-edge',
  ),
  'Restart=always',
  'RestartSec=1',
  'TimeoutStopSec=30',
  ...startingApps(plan),
]

const edgeService = (plan: ServicePlan): readonly string[] => [
  'Type=exec',
  command(plan.programs.node, plan.programs.edge, '--home', `${plan.home}/edge`, '--port', String(plan.edgePort)),
  'Restart=always',
  'RestartSec=500ms',
  '# What is in flight has 10 s to finish.',
  'TimeoutStopSec=20',
  ...asUser(plan),
  ...edgeWalls(plan),
]

/** It starts nothing and writes to its home alone, so it can be walled in. Not against new executable memory: V8 compiles. */
const edgeWalls = ({ scope, user, home }: ServicePlan): readonly string[] => {
  const everywhere = ['NoNewPrivileges=yes', 'RestrictSUIDSGID=yes', 'LockPersonality=yes', 'RestrictRealtime=yes']
  if (scope === 'person') return ['UMask=0077', ...everywhere]
  return [
    ...(user === null
      ? ['# Root without its rights; it still reads a program that lies in a folder of somebody else.']
      : ['# The ports below 1024, and nothing else of root.', 'AmbientCapabilities=CAP_NET_BIND_SERVICE']),
    `CapabilityBoundingSet=CAP_NET_BIND_SERVICE${user === null ? ' CAP_DAC_READ_SEARCH' : ''}`,
    'UMask=0077',
    ...everywhere,
    'ProtectSystem=strict',
    `ReadWritePaths=${quoted(home)}`,
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
    'RestrictNamespaces=yes',
  ]
}
