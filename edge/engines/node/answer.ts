// Answers that the edge gives by itself, as plain text that says who speaks.
import type { ServerResponse } from 'node:http'

/** `close`: the rest of the connection cannot be trusted, or is not wanted. */
export const answer = (
  response: ServerResponse,
  status: number,
  { text, close = false }: { readonly text: string; readonly close?: boolean },
): void => {
  const body = `humdrum: ${text}\n`
  if (close) response.shouldKeepAlive = false
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
