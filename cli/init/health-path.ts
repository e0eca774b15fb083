// Which path tells that an instance can take requests: one that the sources mention, never one that would have to be
// invented. Pure.

/** The usual ones, the most telling first. */
const usual = ['/healthz', '/health', '/ready', '/_health', '/up']

/** A path in quotes, or behind the port or the host of an address. */
const mentions = (path: string): RegExp => new RegExp(`(?:["'\`]|:\\d{1,5}|localhost)${path}(?![\\w/-])`)

/** Null where no source mentions one. */
export const healthPathIn = (sources: readonly string[]): string | null =>
  usual.find((path) => sources.some((text) => mentions(path).test(text))) ?? null
