// Tars as an uploader might make them, good and bad, for tests: any order, owner, time, kind and size of an entry.
import { Header, type HeaderData, Pax } from 'tar'

export type HandmadeEntry = HeaderData & { readonly content?: Buffer | string }

const padded = (content: Buffer): Buffer => Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])

/** One entry: head (an extended one too where the name needs it) and content. */
export const handmadeEntry = (entry: HandmadeEntry): Buffer => {
  const { content = '', ...fields } = entry
  const bytes = Buffer.from(content)
  const header = new Header({ type: 'File', mode: 0o644, size: bytes.length, ...fields })
  const block = Buffer.alloc(512)
  const extended = header.encode(block) ? new Pax({ ...fields, size: header.size ?? 0 }).encode() : Buffer.alloc(0)
  return Buffer.concat([extended, block, padded(bytes)])
}

export const endMark: Buffer = Buffer.alloc(1_024)

/** A whole tar. */
export const handmadeTar = (...entries: readonly HandmadeEntry[]): Buffer =>
  Buffer.concat([...entries.map(handmadeEntry), endMark])
