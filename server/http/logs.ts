// What instances wrote, a JSON object a line. Where the lines are kept is for others to know.
import type { LogEntry } from '@humdrum/contract/api.ts'
import { parseVersion } from '@humdrum/contract/config/names.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import type { AppName, Version } from '@humdrum/core/ids.ts'
import type { Store } from '../store/open.ts'
import { getRelease } from '../store/records.ts'
import type { Asked, Handler } from './handler.ts'
import type { HttpParts, LogQuery } from './parts.ts'
import { granted, refuse } from './problem.ts'
import { meantBy } from './scope.ts'

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
  const { app, environment } = granted(await meantBy(store.db, query))
  if (app === undefined) throw new Error('the app that was named has no name')
  const release = query.release === undefined ? undefined : await known(store, app, query.release)
  return {
    app,
    tail: query.tail,
    ...(environment === undefined ? {} : { environment }),
    ...(release === undefined ? {} : { release }),
  }
}

const known = async (store: Store, app: AppName, name: string): Promise<Version> => {
  const version = parseVersion(name)
  const isKnown = version !== null && (await getRelease(store.db, app, version)) !== null
  return isKnown ? version : refuse('HD4004', `${quoted(name)} of ${app}`)
}
