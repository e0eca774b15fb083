// `humdrum doctor`: what is wrong with a server and its machine, and what to do. Works without a server, with an old one,
// and with a home that is broken: what cannot be asked is a finding.
import process from 'node:process'
import type { Finding } from '@humdrum/core/doctor/finding.ts'
import { broken, judgeNode } from '@humdrum/core/doctor/finding.ts'
import { FaultError, faults, nextStep } from '@humdrum/core/errors.ts'
import { edgeFindings, readEdgeFile } from '../doctor/edge-findings.ts'
import { homeFindings } from '../doctor/home-findings.ts'
import { portFindings } from '../doctor/port-findings.ts'
import { serverFindings } from '../doctor/server-findings.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { HomeServer } from '../home.ts'
import { commandOn, homeOf, readHomeServer } from '../home.ts'
import type { Invocation } from '../invocation.ts'
import { renderFindings } from '../render/findings.ts'

export type DoctorOptions = { readonly json?: true }

export const doctor = async (invocation: Invocation, options: DoctorOptions): Promise<ExitCode> => {
  const { terminal } = invocation
  const findings = (await examine(invocation)).map((finding) => onHome(invocation.home, finding))
  const exit = findings.some(({ verdict }) => verdict === 'broken') ? exitCode.failure : exitCode.well
  terminal.out.write(options.json ? `${JSON.stringify({ findings, exit })}\n` : renderFindings(findings, terminal.out))
  return exit
}

/** What is to be typed is for the home that was looked at. */
const onHome = (given: string | undefined, finding: Finding): Finding => ({
  ...finding,
  next: finding.next?.replaceAll(/humdrum (up|down)(?! --home)/g, (_, verb) => commandOn(given, verb)) ?? null,
})

const examine = async ({ connect, home: given, variables }: Invocation): Promise<readonly Finding[]> => {
  const node = judgeNode(process.versions.node, process.execPath)
  if (given === undefined && variables['HUMDRUM_URL'])
    return [node, ...(await serverFindings({ connect, server: null, isElsewhere: true }))]
  const home = homeOf(given, variables)
  const [server, ...unreadable] = serverOf(home)
  const edge = readEdgeFile(home)
  const here = [...homeFindings(home), ...(await edgeFindings(edge)), ...(await portFindings({ server, edge }))]
  const there = unreadable.length > 0 ? unreadable : await serverFindings({ connect, server, isElsewhere: false })
  // What a server says of itself outranks what can be seen of it from outside.
  return [node, ...here.filter(({ id }) => there.every((finding) => finding.id !== id)), ...there]
}

const serverOf = (home: string): readonly [server: HomeServer | null, ...Finding[]] => {
  try {
    return [readHomeServer(home)]
  } catch (cause) {
    if (!(cause instanceof FaultError)) throw cause
    const { fault } = cause
    const says = `${faults[fault.code].sentence}: ${fault.reason}`
    return [null, broken({ id: 'server', says, next: nextStep(fault) })]
  }
}
