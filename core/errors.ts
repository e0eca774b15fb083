// Every expected failure, in one closed table: what a person is told, whether trying again can help, what to do next.
// A bug is not here: it is an assertion that throws.

type Entry = {
  /** What failed, as the start of a sentence. The place and the reason are added where it happens. */
  readonly sentence: string
  /** True when the same call may succeed later without anybody changing something. */
  readonly retryable: boolean
  /** The next step for a person; `{}` places are filled by the caller through `next`. */
  readonly next: string
}

const entry = (sentence: string, next: string, retryable = false): Entry => ({ sentence, next, retryable })

export const faults = {
  // 1xxx the command, the machine, the way to the server
  HD1001: entry('this Node is too old', 'install Node 24 and run the command again'),
  HD1002: entry('wrong usage', 'humdrum help'),
  HD1101: entry('no server answers', 'humdrum up', true),
  HD1102: entry(
    'the server refused the token',
    'check HUMDRUM_TOKEN, or run the command with the --home of the server',
  ),
  HD1103: entry(
    'the server answered something that this version does not understand',
    'check that a Humdrum answers there; an older one is started again with this version (its apps keep serving)',
  ),
  HD1104: entry('a server runs on this home already', 'humdrum status'),
  HD1105: entry('the port is in use', 'humdrum up --port 0   (0 takes any free port)'),
  HD1106: entry('the home folder cannot be used', 'check its owner and rights, or choose another with --home'),
  HD1107: entry('the disk is full', 'free some space and run the command again; what runs keeps serving', true),
  HD1108: entry('the server did not start', 'read the log that is named above'),
  HD1109: entry(
    'the disk is too full for a new release',
    'free some space there and deploy again; what runs keeps serving, and a rollback is never refused for this',
    true,
  ),
  HD1201: entry('systemd does not run this machine', 'start it by hand: humdrum up --detach'),
  HD1202: entry('the service is installed for another home', 'take that one out first: humdrum service uninstall'),
  HD1203: entry('unknown user', 'make one: useradd --system --create-home humdrum'),
  HD1204: entry(
    'the user may not run this humdrum',
    'install it where everybody may read it: npm install --global humdrum',
  ),
  HD1205: entry('systemd keeps it running', 'humdrum service uninstall'),
  HD1206: entry('systemd refused', 'mend what it says, and run the command again'),
  // 2xxx humdrum.yaml
  HD2001: entry('humdrum.yaml is missing', 'write one: humdrum init, in the folder of the app'),
  HD2002: entry('humdrum.yaml is not valid YAML', 'mend the place that is named'),
  HD2003: entry('humdrum.yaml is not valid', 'mend the places that are named; humdrum schema tells the form'),
  HD2004: entry('humdrum.yaml is there already', 'change it by hand, and check it: humdrum validate'),
  HD2005: entry('humdrum.yaml cannot be written', 'check the folder and its rights'),
  HD2104: entry('unknown environment', 'name one that the file has'),
  HD2105: entry('several environments, and none was named', 'humdrum deploy ENVIRONMENT'),
  // 3xxx artifacts
  HD3001: entry('the build failed', 'mend the build and deploy again'),
  HD3002: entry('the build left nothing to deploy', 'check build.output in humdrum.yaml'),
  HD3003: entry('the artifact is refused', 'take the named entry out of the output and deploy again'),
  HD3004: entry('the artifact is corrupt', 'deploy again from the source: humdrum deploy'),
  HD3005: entry('the artifact is not known', 'humdrum deploy'),
  HD3006: entry('the version means other bytes already', 'choose another with --version, or leave it out'),
  // 4xxx deploying
  HD4001: entry('unknown app', 'humdrum status lists the apps'),
  HD4002: entry('nothing was deployed here yet', 'humdrum deploy'),
  HD4003: entry('unknown rollout', 'humdrum history lists them'),
  HD4004: entry('unknown release', 'humdrum history lists them'),
  HD4101: entry('a rollout is under way', 'wait for it (humdrum status --watch) or end it (humdrum abort)', true),
  HD4102: entry(
    'the artifact was rejected',
    'ship a fix, or allow these bytes again: humdrum lift DIGEST --reason "why"',
  ),
  HD4103: entry(
    'a variable of the server is not set',
    'set it in the environment of the server and start the server again',
  ),
  HD4104: entry('the rollout is over', 'humdrum status'),
  HD4105: entry('the rollout cannot do that now', 'humdrum status'),
  HD4106: entry('this digest is not rejected', 'humdrum plan lists the rejected ones'),
  HD4107: entry('the host is taken', 'choose another router.host'),
  HD4108: entry(
    'only the configuration of the environment changed',
    'humdrum deploy --version NAME gives it a name of its own and rolls it out',
  ),
  HD4109: entry('there is nothing to try again', 'humdrum status'),
  HD4110: entry('a metric cannot be measured', 'mend it in humdrum.yaml; humdrum plan asks again'),
  HD4111: entry(
    'the source of metrics does not answer',
    'start it, or let nothing wait for it: required: false on the metric',
    true,
  ),
  HD4112: entry(
    'the environment is only observed',
    'another deployer exposes its releases; to judge one: humdrum observe',
  ),
  HD4113: entry('the environment is not one that is observed', 'write rollout: { strategy: observe } in it'),
  HD4311: entry('cannot go back', 'ship a fix: humdrum deploy'),
  HD4312: entry('there is no earlier release to go back to', 'ship a fix: humdrum deploy'),
  // 5xxx targets and edge
  HD5001: entry('the edge does not answer', 'humdrum up starts it again; the apps go on', true),
  HD5002: entry('an instance did not start', 'humdrum logs'),
  HD5003: entry('the edge refused an older order', 'nothing to do: a newer one is in force'),
  HD5004: entry('the store does not answer', 'the server log has the cause', true),
  // 6xxx recordings, and verdicts for others
  HD6001: entry('the recording cannot be read', 'name a file: humdrum analyze --from counts.csv'),
  HD6002: entry('the recording is refused', 'mend the place that is named; docs/operating.md has the form'),
  HD6101: entry('nothing is judged by this name', 'humdrum status lists what is'),
  HD6102: entry('nothing is decided yet', 'ask again', true),
  HD6103: entry('the verdict says no', 'humdrum explain tells why'),
  HD6104: entry('it is no verdict about this candidate', 'begin an observation of it: humdrum observe'),
  // 9xxx
  HD9001: entry('the request is not understood', 'GET /openapi.json has the form'),
  HD9002: entry('no such address', 'GET /openapi.json lists them'),
  HD9003: entry('the server is not called that', 'call it 127.0.0.1 or localhost, or by the name that it listens on'),
  HD9004: entry('the request is too large', 'GET /openapi.json has the form; an artifact goes to POST /v1/artifacts'),
  HD9999: entry('something broke that should not', 'the server log has the cause'),
} as const satisfies Record<string, Entry>

export type FaultCode = keyof typeof faults

/** An expected failure as a value. `reason` is a clause that follows the code's sentence; `place` is `file:line:column` or a path in a body, or the release that a target could not serve. */
export type Fault = {
  readonly code: FaultCode
  readonly reason: string
  readonly place?: string
  /** Replaces the table's next step where the caller knows a better one. */
  readonly next?: string
}

export type Result<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: Fault }

export const ok = <Value>(value: Value): Result<Value> => ({ ok: true, value })
export const failed = (
  code: FaultCode,
  reason: string,
  more: Pick<Fault, 'place' | 'next'> = {},
): { ok: false; fault: Fault } => ({
  ok: false,
  fault: { code, reason, ...more },
})

export const nextStep = (fault: Fault): string => fault.next ?? faults[fault.code].next

/** An expected failure on its way through code that throws; a handler at the border turns it into words. */
export class FaultError extends Error {
  readonly fault: Fault

  constructor(fault: Fault, options?: { cause: unknown }) {
    super(`${faults[fault.code].sentence}: ${fault.reason}`, options)
    this.name = 'FaultError'
    this.fault = fault
  }
}
