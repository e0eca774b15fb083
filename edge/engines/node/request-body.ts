// The body of a request on its way to a release, under our own control: undici ends the streams that it is given, and the
// client's must go on, to be answered.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** A client may go on sending a body that nobody wants any more for so long. */
const unwantedBodyMs = 5_000

export class RequestBody extends Readable {
  readonly #request: IncomingMessage
  readonly #take = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#request.pause()
  }
  readonly #end = (): void => {
    this.push(null)
  }

  constructor(request: IncomingMessage) {
    super({ highWaterMark: 65_536 })
    this.#request = request
    request.on('data', this.#take).on('end', this.#end)
  }

  override _read(): void {
    this.#request.resume()
  }

  // Whoever ends it has no more use for the rest; why is known to those who watch the request itself.
  override _destroy(_reason: Error | null, done: (error: null) => void): void {
    this.#request.off('data', this.#take).off('end', this.#end)
    done(null)
  }
}

/** True when a body follows the head, be it an empty one in chunks. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Reads the rest of a body that is not wanted, so that the connection stays in step; for a while. */
export const discardRest = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return
  request.resume()
  const timer = setTimeout(() => request.destroy(), unwantedBodyMs)
  request.once('close', () => clearTimeout(timer))
}
