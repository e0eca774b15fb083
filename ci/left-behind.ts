// Which processes a run left behind. Remember what runs before it, compare after it: new is what nobody else on the
// machine started, that is, what has no parent but the first process or an ancestor of the run.
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Process } from './processes.ts'
import { ancestorsOf, belongsTo, runningProcesses } from './processes.ts'

const key = ({ pid, start }: Process): string => `${pid}:${start}`

export type Comparison = {
  /** `pid:start` of all that ran before. */
  readonly before: ReadonlySet<string>
  readonly now: readonly Process[]
  /** A process of the run, whose own line of ancestors and descendants is not counted. */
  readonly self: number
}

/** What runs now, did not before, and is nobody's child but of the machine's first process or of whoever started the run. */
export const newcomers = ({ before, now, self }: Comparison): readonly Process[] => {
  const own = ancestorsOf(self, now)
  const known = new Set(now.filter((process) => before.has(key(process))).map(({ pid }) => pid))
  return now.filter((process) => {
    if (known.has(process.pid) || own.includes(process.pid)) return false
    const line = ancestorsOf(process.pid, now)
    if (line.slice(1).some((pid) => own.includes(pid) && !known.has(pid))) return false
    const keeper = line.find((pid) => known.has(pid))
    return keeper === undefined || keeper === 1 || own.includes(keeper)
  })
}

const graceMs = 10_000

/** Looks again until nothing is left or the grace is over: what is about to end is not left behind. */
const left = async (before: ReadonlySet<string>): Promise<readonly Process[]> => {
  const deadline = Date.now() + graceMs
  for (;;) {
    const found = newcomers({ before, now: runningProcesses(), self: process.pid })
    if (found.length === 0 || Date.now() > deadline) return found
    await wait(200)
  }
}

/** Ends what surely is of this run: it works in one of its folders, or has one in its command or environment. */
const stop = (folders: readonly string[], before: ReadonlySet<string>): void => {
  for (const found of newcomers({ before, now: runningProcesses(), self: process.pid })) {
    if (!folders.some((folder) => belongsTo(found, folder))) continue
    process.stdout.write(`ending ${found.pid}  ${found.command}\n`)
    try {
      process.kill(found.pid, 'SIGKILL')
    } catch {
      // it ended by itself
    }
  }
}

const main = async ([verb, file, ...folders]: readonly string[]): Promise<number> => {
  if (file === undefined) throw new Error('left-behind remember|compare|stop FILE [FOLDER...]')
  if (verb === 'remember') {
    writeFileSync(file, runningProcesses().map(key).join('\n'))
    return 0
  }
  const before = new Set(readFileSync(file, 'utf8').split('\n'))
  if (verb === 'stop') {
    stop(folders, before)
    return 0
  }
  const found = await left(before)
  for (const { pid, command } of found) process.stdout.write(`left behind: ${pid}  ${command}\n`)
  return found.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
