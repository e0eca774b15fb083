// A thread that simulates: takes a job, answers what came of it, and takes the next.
import { parentPort } from 'node:worker_threads'
import type { Job } from './all-cases.ts'
import { doJob } from './all-cases.ts'

parentPort?.on('message', (job: Job) => parentPort?.postMessage(doJob(job)))
