// Allows a rejected artifact again. The digest may be given short, as people are shown it.
import type { Digest } from '@humdrum/core/ids.ts'
import { liftRejection, listRejections } from '../store/records.ts'
import type { Handler } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem.ts'

export const createLift =
  ({ store, delivery }: HttpParts): Handler<'lift'> =>
  async ({ parameters, body, actor }) => {
    const rejected = (await listRejections(store.db)).map(({ digest }) => digest)
    const digest = choose(rejected, parameters.digest)
    const lifted = await liftRejection(store.db, digest, { actor, reason: body.reason, at: delivery.now() })
    if (!lifted) refuse('HD4106', `somebody else lifted ${digest} at the same time`)
    store.changed()
    return { digest }
  }

/** The one rejected digest that begins so; at least 8 digits, so that a slip of the hand does not meet one by chance. */
const choose = (rejected: readonly Digest[], given: string): Digest => {
  const start = /^(?:sha256:)?([0-9a-f]{8,64})$/.exec(given.toLowerCase())?.[1]
  if (start === undefined) return refuse('HD9001', ':digest must have 8 to 64 hexadecimal digits', ':digest')
  const [only, ...others] = rejected.filter((digest) => digest.startsWith(`sha256:${start}`))
  if (only === undefined) return refuse('HD4106', start)
  return others.length === 0 ? only : refuse('HD9001', `:digest ${start} is the start of several`, ':digest')
}
