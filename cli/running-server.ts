// The server of a home, where one answers: it lives as long as it answers under the address and the token that it left
// there. A file that outlived its server, or an address that somebody else has by now, is nobody.
import type { HomeServer } from './home.ts'
import { readHomeServer } from './home.ts'

/** A server that says nothing for so long is not there for anybody. */
const patienceMs = 3_000

/** `readyz`: store and edge answer it too. */
export type Question = 'livez' | 'readyz'

/** Null where nobody answers. Fails with HD1106 when the home may not be read. */
export const findRunningServer = async (home: string, question: Question = 'livez'): Promise<HomeServer | null> => {
  const server = readHomeServer(home)
  return server !== null && (await answers(server, question)) ? server : null
}

const answers = async ({ url, token }: HomeServer, question: Question): Promise<boolean> => {
  try {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${url}/${question}`, { headers, signal: AbortSignal.timeout(patienceMs) })
    await response.text()
    return response.ok
  } catch {
    return false // refused, reset, no address, or no word in time
  }
}
