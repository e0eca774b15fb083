// Who comes to a sticky route: clients that brought their bucket in a cookie, and those that bring none. Which side each is on
// follows from its bucket and a salt of this rollout; the cookie names no release, so going back needs no other one.
import type { SessionBook, Standing } from '@humdrum/core/analysis/errors/session-book.ts'
import { buckets, createSessionBook, isWithin } from '@humdrum/core/analysis/errors/session-book.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'
import type { Random } from './choose.ts'

/** What a request says of who sent it. `bucket`: of its cookie, null without a good one. */
export type Client = { readonly bucket: number | null; readonly address: string }

/** One request of somebody, and what its outcome is to the judge. */
export class Visit {
  readonly #book: SessionBook
  readonly #visits: Visits
  readonly #client: Client
  readonly bucket: number

  constructor(visits: Visits, book: SessionBook, client: Client) {
    this.#visits = visits
    this.#book = book
    this.#client = client
    this.bucket = client.bucket ?? visits.draw()
    if (!this.isNewcomer) book.begin(this.bucket)
  }

  /** It brought no bucket: it is told one, and stands for itself. */
  get isNewcomer(): boolean {
    return this.#client.bucket === null
  }

  isWithin(weight: PartsPerMillion): boolean {
    return isWithin(weight, this.#book.position(this.bucket))
  }

  /** With what probability the candidate's, as it is known now; `own` is the weight by which it was routed. */
  weight(own: PartsPerMillion): PartsPerMillion {
    return this.isNewcomer ? own : this.#book.weight(this.bucket)
  }

  settle(bad: boolean, atMs: number): Standing {
    if (!this.#isCurrent) return 'again'
    if (!this.isNewcomer) return this.#book.settle(this.bucket, bad)
    return !bad || this.#book.refuse(this.bucket, hashOf(this.#client.address), Math.floor(atMs / 1_000))
      ? 'new'
      : 'again'
  }

  /** Whether how long it took is to be compared. */
  time(): boolean {
    return this.#isCurrent && (this.isNewcomer || this.#book.time(this.bucket))
  }

  /** Sides were drawn anew since: which one it was on says nothing of the draw in force. */
  get #isCurrent(): boolean {
    return this.#visits.isInForce(this.#book)
  }
}

/** Sides are drawn for each rollout, and anew when the weight comes from nothing or falls to it: then nobody keeps a side. */
export class Visits {
  readonly rollout: RolloutId
  readonly #random: Random
  #weight: PartsPerMillion
  #book: SessionBook

  constructor(rollout: RolloutId, weight: PartsPerMillion, random: Random) {
    this.rollout = rollout
    this.#random = random
    this.#weight = weight
    this.#book = this.#drawn(weight)
  }

  #drawn(weight: PartsPerMillion): SessionBook {
    return createSessionBook([this.#random(), this.#random()], weight)
  }

  receive(client: Client): Visit {
    return new Visit(this, this.#book, client)
  }

  /** The weight in force from now on. */
  weigh(weight: PartsPerMillion): void {
    const anew = (weight === 0) !== (this.#weight === 0) || this.#book.isFull()
    this.#weight = weight
    if (anew) this.#book = this.#drawn(weight)
    else this.#book.weigh(weight)
  }

  isInForce(book: SessionBook): boolean {
    return book === this.#book
  }

  draw(): number {
    return this.#random() % buckets
  }
}

const cookieName = 'humdrum-bucket'
const cookie = new RegExp(`(?:^|; ?)${cookieName}=([0-9a-f]{5})(?:;|$)`)

/** The bucket in a Cookie header; null where there is none, and where it is not written exactly so. */
export const bucketIn = (header: string | undefined): number | null => {
  const found = header === undefined ? null : cookie.exec(header)
  return found === null ? null : Number.parseInt(found[1] ?? '', 16)
}

const weekSeconds = 604_800

/** What a Set-Cookie header says to a newcomer. */
export const cookieOf = (bucket: number): string =>
  `${cookieName}=${bucket.toString(16).padStart(5, '0')}; Path=/; Max-Age=${weekSeconds}; HttpOnly; SameSite=Lax`

/** FNV-1a: addresses need not be spread well, only apart. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
