// What instances wrote, a JSON object a line. Where the lines are kept is for others to know.
import type { LogEntry } from '@humdrum/contract/api.ts'
import { parseAppName, parseEnvironmentName, parseVersion } from '@humdrum/contract/config/names.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { getRelease } from '../store/records.ts'
import type { Asked, Handler } from './handler.ts'
import type { HttpParts, LogQuery } from './parts.ts'
import { granted } from './problem.ts'
import { newestIn } from './scope.ts'

export const createLogs =
  (parts: HttpParts): Handler<'logs'> =>
  async ({ query, reply, gone }) => {
    const wanted = await parse(parts, query)
    reply.header('cache-control', 'no-store')
    return query.follow === 'true' ? followed(parts.logs.follow(wanted, gone)) : lines(parts.logs.read(wanted))
  }

async function* lines(entries: AsyncIterable<LogEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`
}

/** An empty line first, so that the reader has its headers while nothing is written. */
async function* followed(entries: AsyncIterable<LogEntry>): AsyncGenerator<string> {
  yield '\n'
  yield* lines(entries)
}

/** Fails with HD4001, HD2104 or HD4004. */
const parse = async ({ store }: HttpParts, query: Asked<'logs'>['query']): Promise<LogQuery> => {
  granted(await newestIn(store.db, query))
  const app = parseAppName(query.app)
  const environment = query.environment === undefined ? null : parseEnvironmentName(query.environment)
  const release = query.release === undefined ? null : parseVersion(query.release)
  if (app === null) throw new Error('an app was deployed under a name that is none')
  const isKnown =
    query.release === undefined || (release !== null && (await getRelease(store.db, app, release)) !== null)
  if (!isKnown) throw new FaultError({ code: 'HD4004', reason: `${JSON.stringify(query.release)} of ${app}` })
  return {
    app,
    tail: query.tail,
    ...(environment === null ? {} : { environment }),
    ...(release === null ? {} : { release }),
  }
}
