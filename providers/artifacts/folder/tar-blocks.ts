// Cuts an uploaded tar into whole blocks for the parser. The parser decodes long names chunk by chunk, so a cut is never
// made inside a character; and it would unpack compressed data unasked, so that is refused.
import { quoted, refuse } from './entry-tree.ts'

const blockBytes = 512
const magics = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])]

const endsInsideCharacter = (bytes: Buffer, end: number): boolean => {
  for (let back = 1; back <= 3 && back <= end; back += 1) {
    const byte = bytes[end - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needed > back
  }
  return false
}

const cutOf = (bytes: Buffer): number => {
  const whole = bytes.length - (bytes.length % blockBytes)
  let cut = whole
  while (cut > 0 && endsInsideCharacter(bytes, cut)) cut -= blockBytes
  // Binary data may look like a character at every cut. Names are far shorter than this, so there it does no harm.
  return cut === 0 && whole >= 128 * blockBytes ? whole : cut
}

/** The same bytes in pieces of whole blocks. Throws HD3003 for compressed data, too many bytes, or a source that breaks off. */
export async function* tarBlocks(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer, void, void> {
  let held: Buffer = Buffer.alloc(0)
  let total = 0
  let sniffed = false
  for await (const chunk of source) {
    total += chunk.length
    if (total > maxBytes) refuse(`it is larger than ${maxBytes} bytes`)
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    if (held.length < blockBytes) continue
    if (!sniffed && magics.some((magic) => held.subarray(0, magic.length).equals(magic))) {
      refuse('it is compressed, and a plain tar is wanted')
    }
    sniffed = true
    const cut = cutOf(held)
    if (cut === 0) continue
    yield held.subarray(0, cut)
    held = held.subarray(cut)
  }
  if (held.length >= blockBytes) yield held.subarray(0, held.length - (held.length % blockBytes))
  if (held.length % blockBytes !== 0) refuse(`it breaks off within a block, after ${total} bytes`)
}

/** Throws HD3003 when an extended header holds what the parser would silently misread: a name with a line break or a NUL. */
export const judgeExtendedHeader = (header: string): void => {
  const isPax = header.endsWith('\n')
  if (!isPax && header.replace(/\0+$/, '').includes('\0')) refuse(`the name ${quoted(header)} has a NUL`)
  if (!isPax) return
  const bytes = Buffer.from(header)
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.subarray(at, at + 10).toString('latin1'), 10)
    const record = bytes.subarray(at, at + (length > 0 ? length : bytes.length))
    const text = record.toString()
    const names = /^\d+ (?:path|linkpath)=/.test(text)
    if (names && /[\n\0]/.test(text.slice(0, -1))) refuse(`the name ${quoted(text)} has control characters`)
    at += record.length
  }
}
