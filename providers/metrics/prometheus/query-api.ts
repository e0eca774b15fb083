// The HTTP API of Prometheus, as far as it is read here: what it answers, or why that is no answer. Whatever it does
// becomes a value; the token goes into the header and into no word that is said.
import { visible } from '@humdrum/contract/config/problem.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { z } from 'zod'
import type { Series } from './answer.ts'
import { instantSchema, matrixSchema, namesSchema, typesSchema } from './answer.ts'

/** `isRefused`: it was understood, and will not be answered; asking again does not help. */
export type NoAnswer = { readonly ok: false; readonly isRefused: boolean; readonly reason: string }
export type Answered<Value> = { readonly ok: true; readonly value: Value } | NoAnswer

export type QueryApi = {
  /** The raw samples of a selector in [to − rangeMs, to]. */
  range(selector: string, to: Instant, rangeMs: number): Promise<Answered<readonly Series[]>>
  /** The value of an expression at an instant; a scalar is a series without labels. */
  instant(query: string, at: Instant): Promise<Answered<readonly Series[]>>
  /** Which names or values there are, of the series that a selector matches; of all without one. */
  names(kind: 'labels' | `label/${string}/values`, selector: string | null): Promise<Answered<readonly string[]>>
  /** `counter`, `gauge` …: what the scraped targets say that a metric is; none where nobody says. */
  types(metric: string): Promise<Answered<readonly string[]>>
}

export type QueryApiPlan = {
  /** Where its pages begin: `https://prometheus.example/prefix`. */
  readonly url: string
  /** Sent as a bearer; null for none. */
  readonly token: string | null
  readonly timeoutMs: number
}

/** More than any window needs that can be judged; beyond it an answer is no help and costs memory. */
const mostBytes = 32 * 1_048_576

export const createQueryApi = (plan: QueryApiPlan): QueryApi => {
  const ask = async <Value>(path: string, form: Form, schema: z.ZodType<Value>): Promise<Answered<Value>> => {
    const sent = await send(plan, path, form)
    return withoutToken(sent.ok ? (behind(sent.value, form) ?? understood(sent.value, schema)) : sent, plan)
  }
  return {
    range: (selector, to, rangeMs) =>
      ask('query', { query: `${selector}[${Math.ceil(rangeMs)}ms]`, time: seconds(to) }, matrixSchema),
    instant: (query, at) => ask('query', { query, time: seconds(at) }, instantSchema),
    names: (kind, selector) => ask(kind, selector === null ? {} : { 'match[]': selector }, namesSchema),
    types: (metric) => ask('metadata', { metric }, typesSchema(metric)),
  }
}

const seconds = (at: Instant): string => (at / 1_000).toFixed(3)

type Form = Readonly<Record<string, string>>
/** `date`: the clock of whoever answered, in ms, to the second; NaN where it is not told. */
type Sent = { readonly status: number; readonly text: string; readonly date: number }

const send = async (plan: QueryApiPlan, path: string, form: Form): Promise<Answered<Sent>> => {
  try {
    const response = await fetch(...requestOf(plan, path, form))
    const text = await limitedText(response)
    return text === null
      ? down(`Prometheus answers with more than ${mostBytes / 1_048_576} MiB: select fewer series`)
      : { ok: true, value: { status: response.status, text, date: Date.parse(response.headers.get('date') ?? '') } }
  } catch (cause) {
    return down(`Prometheus at ${originOf(plan.url)} ${failureWords(cause, plan.timeoutMs)}`)
  }
}

const requestOf = ({ url, token, timeoutMs }: QueryApiPlan, path: string, form: Form): [string, RequestInit] => {
  // A long selector fits into no address; this path alone is read by POST everywhere.
  const isPosted = path === 'query'
  const parameters = new URLSearchParams(form).toString()
  const address = `${url.replace(/\/+$/, '')}/api/v1/${path}`
  const request = {
    method: isPosted ? 'POST' : 'GET',
    headers: {
      accept: 'application/json',
      ...(isPosted ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: isPosted ? parameters : null,
    redirect: 'manual', // whoever is sent elsewhere would take the token there
    signal: AbortSignal.timeout(timeoutMs),
  } as const
  return [isPosted ? address : `${address}?${parameters}`, request]
}

const limitedText = async (response: Response): Promise<string | null> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > mostBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const down = (reason: string): NoAnswer => ({ ok: false, isRefused: false, reason })
const refused = (reason: string): NoAnswer => ({ ok: false, isRefused: true, reason })

/** Without a name and a password, which a URL may carry. */
const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : 'its address')

const failureWords = (cause: unknown, timeoutMs: number): string => {
  if (cause instanceof DOMException && cause.name === 'TimeoutError')
    return `does not answer within ${timeoutMs / 1_000} s`
  const inner = cause instanceof Error ? cause.cause : undefined
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : null
  return `is not reached${code === null ? '' : ` (${code})`}`
}

/** A window that has not ended there yet would be counted as over, and the rest of it never. */
const behind = ({ date }: Sent, { time }: Form): NoAnswer | null => {
  const byMs = Number(time) * 1_000 - (date + 1_000)
  return byMs > 0
    ? down(`the clock of Prometheus is ${Number((byMs / 1_000).toFixed(1))} s or more behind: set both clocks`)
    : null
}

const failureSchema = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })
const successSchema = z.object({
  status: z.literal('success'),
  data: z.unknown(),
  warnings: z.array(z.string()).optional(),
})

const understood = <Value>({ status, text }: Sent, schema: z.ZodType<Value>): Answered<Value> => {
  const body = jsonOf(text)
  const failure = failureSchema.safeParse(body)
  if (failure.success) {
    const words = `Prometheus says: ${oneLine(failure.data.error)}`
    return status === 400 || status === 422 ? refused(words) : down(`${words} (${status})`)
  }
  if (status === 401 || status === 403) return refused(`Prometheus refuses the token (${status})`)
  if (status >= 300 && status < 400) return refused(`the url leads elsewhere (${status}): name where it leads to`)
  if (status !== 200) return down(`Prometheus answers ${status}${status === 404 ? ': is the url right?' : ''}`)
  const success = successSchema.safeParse(body)
  const data = success.success ? schema.safeParse(success.data.data) : null
  if (!success.success || !data?.success) return down('what answers at the url is not the API of Prometheus')
  const [warning] = success.data.warnings ?? []
  // What is only a part of the truth (a store behind it that is away) must not be counted as the whole.
  return warning === undefined ? { ok: true, value: data.data } : down(`Prometheus warns: ${oneLine(warning)}`)
}

const oneLine = (text: string): string => visible(text.replaceAll(/\s+/g, ' ').trim().slice(0, 500))

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null // no answer of Prometheus: the schema says so
  }
}

/** A server may repeat what it was sent. */
const withoutToken = <Value>(answered: Answered<Value>, { token }: QueryApiPlan): Answered<Value> =>
  answered.ok || token === null || token === ''
    ? answered
    : { ...answered, reason: answered.reason.replaceAll(token, '***') }
