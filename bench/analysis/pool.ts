// All runs of some cases, on several threads. Figures do not depend on how many: each run has its own randomness.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Done, Job } from './all-cases.ts'
import type { Case } from './case.ts'
import type { Cell } from './cell.ts'
import { cellOf } from './cell.ts'

export type Plan = {
  readonly cases: readonly Case[]
  readonly runs: number
  readonly seed: number
  readonly threads: number
  /** Told after each part of the work: how much of it is done, 0 to 1. */
  readonly progress: (share: number) => void
}

/** Runs of a job: enough that messages cost nothing, few enough that all threads end at about the same time. */
const jobRuns = 50

export const simulate = async ({ cases, runs, seed, threads, progress }: Plan): Promise<readonly Cell[]> => {
  const jobs = cases.flatMap(({ name, part = 1 }) => {
    const wanted = Math.ceil(part * runs)
    return Array.from(
      { length: Math.ceil(wanted / jobRuns) },
      (_, job): Job => ({ name, seed, from: job * jobRuns, to: Math.min(wanted, (job + 1) * jobRuns) }),
    )
  })
  const results = new Map<Job, Done>()
  const waiting = [...jobs]
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    try {
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
        worker.postMessage(job)
        const [done] = (await once(worker, 'message')) as [Done] // what worker.ts posts
        results.set(job, done)
        progress(results.size / jobs.length)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
  return cases.flatMap((one) => {
    const parts = jobs.filter(({ name }) => name === one.name).map((job) => results.get(job) ?? [])
    return one.columns.map((column, index) =>
      cellOf(
        one,
        column,
        parts.flatMap((part) => part[index] ?? []),
      ),
    )
  })
}
