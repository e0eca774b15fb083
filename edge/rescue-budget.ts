// How often stable may answer in place of a candidate that failed. Requests on top of its own are what makes two overloaded
// releases of one, so they are a small part of what it did lately. Knows no release and no request.

/** Older seconds say nothing: a busy hour earns nothing for the quiet one after it. */
const windowSeconds = 10
/** One rescue for so many requests that stable answered: 5 %. */
const answeredForOne = 20
/** However little stable did: three bad answers are the least that takes a candidate out, and a quiet app is spared them. */
const always = 3

export class RescueBudget {
  /** By second, in a ring. */
  readonly #answered = new Uint32Array(windowSeconds)
  readonly #rescued = new Uint32Array(windowSeconds)
  #second = 0

  /** Stable answered one of its own requests, and well (`atMs`, monotonic). */
  earn(atMs: number): void {
    count(this.#answered, this.#slot(atMs))
  }

  /** Whether one more request may go to stable; if so it is counted, whatever becomes of it. */
  take(atMs: number): boolean {
    const slot = this.#slot(atMs)
    if (sum(this.#rescued) >= Math.max(always, Math.floor(sum(this.#answered) / answeredForOne))) return false
    count(this.#rescued, slot)
    return true
  }

  /** Where this second is counted, with the seconds cleared that passed since the last call. */
  #slot(atMs: number): number {
    const second = Math.floor(atMs / 1_000)
    for (let passed = Math.max(this.#second, second - windowSeconds) + 1; passed <= second; passed += 1) {
      this.#answered[passed % windowSeconds] = 0
      this.#rescued[passed % windowSeconds] = 0
    }
    this.#second = Math.max(this.#second, second)
    return this.#second % windowSeconds
  }
}

const count = (counts: Uint32Array, slot: number): void => {
  counts[slot] = (counts[slot] ?? 0) + 1
}

const sum = (counts: Uint32Array): number => counts.reduce((total, one) => total + one, 0)
