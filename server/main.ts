// The server process: reads what it is told, takes the home, and serves until it is asked to end. Its last words name
// what happens to traffic without it.

import { keepOutputSmall } from '@humdrum/contract/log-file.ts'
import type { Fault } from '@humdrum/core/errors.ts'
import { FaultError, faults, nextStep } from '@humdrum/core/errors.ts'
import { bringDown } from './bring-down.ts'
import { placesIn, readConfig } from './config.ts'
import { restore } from './restore.ts'
import { serve } from './serve.ts'

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const refuse = (fault: Fault): void => {
  process.stderr.write(`${faults[fault.code].sentence}: ${fault.reason}  [${fault.code}]\n  ${nextStep(fault)}\n`)
  process.exitCode = 1
}

const tasks = { serve, down: bringDown, restore } as const

const main = async (): Promise<void> => {
  const config = readConfig(process.argv.slice(2), process.env)
  if (!config.ok) return refuse(config.fault)
  keepOutputSmall(placesIn(config.value.home).log)
  const result = await tasks[config.value.task](config.value, say)
  if (!result.ok) refuse(result.fault)
}

// A terminal that went away must not take the server with it: what it says is then said to nobody.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

main().catch((cause: unknown) => {
  if (cause instanceof FaultError) return refuse(cause.fault)
  process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`)
  refuse({ code: 'HD9999', reason: 'the server ended' })
  process.exit(1)
})
