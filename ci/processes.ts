// What runs on this machine, read from /proc: so that a run can say, and end, what it left behind. Knows Linux alone.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** `start` in clock ticks since boot: with the pid it names one process for ever. */
export type Process = {
  readonly pid: number
  readonly parent: number
  readonly start: number
  readonly command: string
}

const readable = (read: () => string): string => {
  try {
    return read()
  } catch {
    return '' // it ended meanwhile, or is not ours to look into
  }
}

/** Zombies (they run no more, whoever should reap them) and threads of the kernel are left out. */
export const runningProcesses = (): readonly Process[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const stat = readable(() => readFileSync(`/proc/${entry}/stat`, 'utf8'))
      const found = parseStat(stat)
      return found === null ? [] : [{ ...found, command: commandOf(entry) || `(${entry})` }]
    })

const kernelThreads = 2

/** One line of /proc/PID/stat; null for a zombie, a thread of the kernel, and what is no such line. */
export const parseStat = (
  line: string,
): { readonly pid: number; readonly parent: number; readonly start: number } | null => {
  // The name stands in brackets and may hold anything, brackets too.
  const match = /^(\d+) \(.*\) (\S) (\d+) (.*)$/s.exec(line.trimEnd())
  if (match === null) return null
  const [pid, state, parent] = [Number(match[1]), match[2], Number(match[3])]
  const start = Number(match[4]?.split(' ')[17])
  const counts = state !== 'Z' && state !== 'X' && pid !== kernelThreads && parent !== kernelThreads
  return counts ? { pid, parent, start } : null
}

const commandOf = (pid: string): string =>
  readable(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    .replaceAll('\0', ' ')
    .trim()

/** True when a process works in the folder, was started with it, or has it in its environment. */
export const belongsTo = ({ pid, command }: Process, folder: string): boolean =>
  [
    command,
    readable(() => readlinkSync(`/proc/${pid}/cwd`)),
    readable(() => readFileSync(`/proc/${pid}/environ`, 'utf8')),
  ].some((text) => text.includes(folder))

/** `pid`, its parent, and so on to the first of all. */
export const ancestorsOf = (pid: number, processes: readonly Process[]): readonly number[] => {
  const parents = new Map(processes.map((process) => [process.pid, process.parent]))
  const line: number[] = []
  for (let at: number | undefined = pid; at !== undefined && at !== 0 && !line.includes(at); at = parents.get(at))
    line.push(at)
  return line
}
