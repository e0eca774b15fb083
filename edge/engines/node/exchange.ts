// One request of a user: forwarded to an instance of the release that was chosen, perhaps to a second instance, answered
// once, and counted once. What fails on the candidate may go on as another one, to stable. Every end that it can have is here;
// whose turn it is is decided elsewhere.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { InFlight } from '../../release.ts'
import type { Failure, Routed, RouteState } from '../../route-state.ts'
import type { Handler, Send, Upstream } from '../../upstreams.ts'
import { wasOnReusedSocket } from '../../upstreams.ts'
import type { Visit } from '../../visits.ts'
import { cookieOf } from '../../visits.ts'
import { answer } from './answer.ts'
import { answerHead, asText, isForEverybody, rescuedField } from './head.ts'
import { discardRest, RequestBody } from './request-body.ts'
import type { Tunnel } from './tunnel.ts'
import { openTunnel } from './tunnel.ts'

type Controller = Dispatcher.DispatchController

/** What a client sent, and where its answer goes. `upgrade`: the socket that asks to stop being HTTP. */
export type Asked = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly send: Send
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | null
}

export type Going = { readonly state: RouteState; readonly routed: Routed }

/** To send one of these twice does no more than to send it once. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS'])
const stopped = new Error('nobody waits for the answer any more')

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined)

export class Exchange implements Handler, InFlight {
  readonly #asked: Asked
  readonly #going: Going
  readonly #begunMs = performance.now()
  #upstream: Upstream | null = null
  #tried: Set<Upstream> | null = null
  #controller: Controller | null = null
  #tunnel: Tunnel | null = null
  /** Of this attempt: something was sent; something came back. */
  #sent = false
  #answered = false
  #repeated = false
  /** Of the whole: hints went out; its head; some of its body; its latency was judged; its outcome counted; nothing more will happen. */
  #hinted = false
  #headed = false
  #bodied = false
  #timed = false
  #settled = false
  #over = false

  constructor(asked: Asked, going: Going) {
    this.#asked = asked
    this.#going = going
  }

  begin(): void {
    const { release } = this.#going.routed
    release.counters.requests += 1
    release.inFlight.add(this)
    this.#asked.request.socket.once('close', this.#clientLeft)
    this.#tryNext()
  }

  /** A drain's deadline, a route that is gone: ended by us, so it is no error of the release. */
  cut(): void {
    if (this.#over) return
    this.#going.routed.release.counters.cut += 1
    if (this.#tunnel !== null) {
      this.#tunnel.goAway()
      this.#finish()
      return
    }
    this.#breakOff()
  }

  outlast(settledAfterMs: number, nowMs: number): void {
    if (!this.#headed && nowMs - this.#begunMs >= settledAfterMs) this.#judgeLatency(nowMs)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    this.#sent = true
    if (this.#over) controller.abort(stopped)
  }

  onResponseStarted(): void {
    this.#answered = true
  }

  onResponseStart(...[controller, status, , reason = '']: Parameters<Required<Handler>['onResponseStart']>): void {
    if (this.#over) return
    if (status < 200) this.#pass(controller, status)
    else this.#answerWith(controller, status, reason)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#over) return
    this.#bodied = true
    if (this.#asked.response.write(chunk)) return
    controller.pause()
    this.#asked.response.once('drain', () => controller.resume())
  }

  onResponseEnd(controller: Controller): void {
    this.#leaveUpstream()
    if (this.#over) return
    this.#settle(false)
    const { response } = this.#asked
    const trailers = asText(controller.rawTrailers)
    if (trailers.length > 0 && response.chunkedEncoding) response.addTrailers(pairs(trailers))
    response.end()
    this.#finish()
  }

  onRequestUpgrade(...[controller, status, , upstream]: Parameters<Required<Handler>['onRequestUpgrade']>): void {
    const { response, upgrade } = this.#asked
    if (this.#over || upgrade === null || response.socket === null) {
      upstream.on('error', () => {}).destroy() // the client left in this very moment
      this.#leaveUpstream()
      return
    }
    this.#settle(false)
    this.#headed = true
    const client = upgrade.socket
    response.detachSocket(response.socket)
    const failed = this.#insteadOf(status)
    const { head } = answerHead(asText(controller.rawHeaders), status)
    head.push(...markOf(failed))
    client.write(switchingHead(head, status, String(this.#asked.send.upgrade)), 'latin1')
    if (failed !== null) this.#going.state.rescued(failed)
    if (upgrade.head.length > 0) upstream.write(upgrade.head)
    this.#asked.request.socket.off('close', this.#clientLeft)
    const closed = (): void => {
      this.#leaveUpstream()
      if (!this.#over) this.#finish()
    }
    this.#tunnel = openTunnel({ client, upstream, closed })
  }

  onResponseError(_controller: Controller, error: Error): void {
    const upstream = this.#upstream
    this.#leaveUpstream()
    if (this.#over || upstream === null) return
    if (this.#headed) this.#truncate()
    else if (!this.#sent) this.#unreachable(upstream, error)
    else if (this.#mayRepeat(error)) this.#repeat(upstream)
    else this.#unanswered(error)
  }

  /** A client that waited for so long is not made to wait again; and nothing says that the request did not arrive. */
  #unanswered(error: Error): void {
    const isLate = codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT'
    if (isLate) this.#judgeLatency(performance.now())
    if (!isLate && !this.#answered && this.#rescue('unreachable')) return
    this.#fail(isLate ? 504 : 502, 'the release did not answer')
  }

  /** Nothing was sent, so whatever the method it may be sent to another instance. */
  #unreachable(upstream: Upstream, error: Error): void {
    if (codeOf(error) === 'UND_ERR_INVALID_ARG' || codeOf(error) === 'UND_ERR_NOT_SUPPORTED') {
      this.#settle(false)
      this.#fail(400, 'the request cannot be forwarded')
      return
    }
    upstream.markDown()
    this.#tried ??= new Set()
    this.#tried.add(upstream)
    if (this.#isExposed()) this.#tryNext()
    else this.#leaveCandidate()
  }

  /** A candidate may have been taken out since the first attempt: from then on nothing more is sent to it. */
  #isExposed(): boolean {
    return this.#going.state.exposes(this.#going.routed)
  }

  #leaveCandidate(): void {
    if (!this.#handOver('takenOut')) this.#fail(502, 'the release was taken out, and no other has an instance')
  }

  /** To stable, so that the user sees nothing of the failure; only what may be sent twice. False when it stays a failure. */
  #rescue(failure: Failure): boolean {
    return this.#isSafe() && this.#asked.upgrade === null && this.#handOver(failure)
  }

  #isSafe(): boolean {
    const { method, body } = this.#asked.send
    return safe.has(method) && body === undefined
  }

  /** As a request of its own. The candidate has failed, and that is counted before: the decisive request may be one of these. */
  #handOver(failure: Failure): boolean {
    const { state, routed } = this.#going
    const instead = state.insteadOfCandidate(routed, failure)
    if (instead === null) return false
    this.#failed()
    this.#leave()
    new Exchange(this.#asked, { state, routed: instead }).begin()
    return true
  }

  #tryNext(): void {
    const next = this.#going.routed.release.choose(this.#tried, performance.now())
    if (next !== null) this.#attempt(next, false)
    else if (!this.#rescue('unreachable')) this.#fail(502, 'no instance of the release accepts connections')
  }

  /** The instance may have closed an idle connection in the moment in which the request went out over it. */
  #mayRepeat(error: Error): boolean {
    return !this.#repeated && !this.#answered && this.#isSafe() && wasOnReusedSocket(error)
  }

  #repeat(upstream: Upstream): void {
    if (!this.#isExposed()) {
      this.#leaveCandidate()
      return
    }
    this.#repeated = true
    this.#attempt(upstream, true)
  }

  #attempt(upstream: Upstream, fresh: boolean): void {
    this.#upstream = upstream
    this.#going.routed.by = upstream
    this.#sent = false
    this.#answered = false
    upstream.inFlight += 1
    upstream.send(this.#asked.send, this, { fresh })
  }

  #leaveUpstream(): void {
    if (this.#upstream === null) return
    this.#upstream.inFlight -= 1
    this.#upstream = null
  }

  /** 103 Early Hints; other informational answers say nothing that a client waits for. */
  #pass(controller: Controller, status: number): void {
    const { request, response } = this.#asked
    if (status !== 103 || request.httpVersion !== '1.1') return
    this.#hinted = true
    try {
      response.writeEarlyHints(pairsByName(answerHead(asText(controller.rawHeaders), status).head))
    } catch {
      // Node forwards hints with well-formed links alone; an answer without its hints is whole
    }
  }

  #answerWith(controller: Controller, status: number, reason: string): void {
    const atMs = performance.now()
    this.#judgeLatency(atMs)
    if (status >= 500 && !this.#hinted && this.#rescue('5xx')) {
      controller.abort(stopped) // its body may be long, and is for nobody
      return
    }
    const failed = this.#insteadOf(status)
    const { request, response } = this.#asked
    try {
      const { head, chunked } = answerHead(asText(controller.rawHeaders), status)
      head.push(...markOf(failed), ...welcome(this.#going.routed.visit, head))
      // Without chunks (HTTP/1.0) or body Node refuses to announce trailers.
      const hasBody = request.method !== 'HEAD' && status !== 204 && status !== 304
      const announces = chunked && hasBody && request.httpVersion === '1.1'
      response.writeHead(status, asBytes(reason), announces ? head : withoutTrailer(head))
    } catch {
      response.statusMessage = ''
      controller.abort(stopped) // an answer that nobody may send: undici reports the abort, and it becomes a 502
      return
    }
    this.#headed = true
    this.#observe(atMs)
    if (failed !== null) this.#going.state.rescued(failed)
    if (status >= 500) this.#settle(true, atMs)
    // Small answers leave in one piece; the head of a slow one does not wait for its body.
    queueMicrotask(() => {
      if (!this.#over && !this.#bodied) response.flushHeaders()
    })
  }

  /** What failed before this answer, if it is one that helps. */
  #insteadOf(status: number): Routed | null {
    return status < 500 ? this.#going.routed.insteadOf : null
  }

  /** The release broke off in the middle: the client must not take it for the end. */
  #truncate(): void {
    this.#settle(true)
    this.#breakOff()
  }

  #breakOff(): void {
    const { request, response } = this.#asked
    this.#finish()
    // Without a length the end of the connection is the end of the message: only a reset tells the difference.
    if (request.httpVersion === '1.0') request.socket.resetAndDestroy()
    response.destroy()
    this.#controller?.abort(stopped)
  }

  #fail(status: number, text: string): void {
    this.#failed()
    this.#finish()
    answer(this.#asked.response, status, { text })
  }

  #failed(): void {
    const atMs = performance.now()
    this.#observe(atMs)
    this.#settle(true, atMs)
  }

  readonly #clientLeft = (): void => {
    if (this.#over) return
    const atMs = performance.now()
    this.#going.routed.release.counters.aborted += 1
    // Before the head nobody knows what the answer would have been: it is in no arm. It took at least so long, though: a
    // release that hangs is slow, not invisible.
    if (this.#headed) this.#settle(false, atMs)
    else {
      this.#observe(atMs)
      this.#judgeLatency(atMs)
    }
    this.#finish()
    this.#controller?.abort(stopped)
  }

  #observe(atMs: number): void {
    this.#going.routed.release.counters.observe(atMs - this.#begunMs)
  }

  /** Once for each request; one that asked to switch protocols has no latency. An answer that never came says nothing here. */
  #judgeLatency(atMs: number): void {
    if (this.#timed || this.#asked.upgrade !== null) return
    this.#timed = true
    const { state, routed } = this.#going
    state.observe(routed, atMs - this.#begunMs, atMs)
  }

  #settle(bad: boolean, atMs = performance.now()): void {
    if (this.#settled) return
    this.#settled = true
    this.#going.state.settle(this.#going.routed, bad, atMs)
  }

  #leave(): void {
    this.#over = true
    this.#asked.request.socket.off('close', this.#clientLeft)
    this.#going.routed.release.inFlight.delete(this)
  }

  #finish(): void {
    this.#leave()
    const { request, send } = this.#asked
    if (send.body instanceof RequestBody) send.body.destroy()
    discardRest(request)
  }
}

/** undici reads a reason as UTF-8, Node writes one as bytes. */
const asBytes = (reason: string): string => Buffer.from(reason, 'utf8').toString('latin1')

/** An order may call a release anything; what the server calls one is the same when it is encoded. */
const markOf = (failed: Routed | null): string[] =>
  failed === null ? [] : [rescuedField, encodeURIComponent(failed.release.version)]

/** Who has no bucket is told one; not by an answer that a cache may give to everybody. */
const welcome = (visit: Visit | null, head: readonly string[]): readonly string[] =>
  visit === null || !visit.isNewcomer || isForEverybody(head) ? nothingMore : ['set-cookie', cookieOf(visit.bucket)]

const nothingMore: readonly string[] = []

const withoutTrailer = (head: readonly string[]): string[] => {
  const at = head.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'trailer')
  return at === -1 ? [...head] : withoutTrailer(head.filter((_, index) => index !== at && index !== at + 1))
}

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] satisfies [string, string]] : []))

const pairsByName = (raw: readonly string[]): Record<string, string[]> => {
  const named = Map.groupBy(pairs(raw), ([name]) => name.toLowerCase())
  return Object.fromEntries([...named].map(([name, found]) => [name, found.map(([, value]) => value)]))
}

const switchingHead = (head: readonly string[], status: number, protocol: string): string => {
  const lines = pairs(head).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${protocol}\r\n${lines.join('')}\r\n`
}
