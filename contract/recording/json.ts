// A recording as JSON: an array of flat objects, or an object a line. Cut into its objects as the text comes, so that a file
// of any size is read; each of them is read by JSON.parse.
import type { Places } from './columns.ts'
import { placesOf, refused } from './columns.ts'
import type { Reader, Row } from './row.ts'
import { longestRecord } from './row.ts'

/** What is outside of objects, besides an array around them. */
const between = /^[,\s]$/

export const createJsonReader = (name: string, take: (row: Row) => void): Reader => {
  let [line, depth, begunAt] = [1, 0, 1]
  let arrays = 0
  let [inText, escaped] = [false, false]
  let record = ''
  let head: { readonly names: readonly string[]; readonly places: Places } | null = null

  const takeRecord = (): void => {
    const place = `${name}:${begunAt}`
    const value = parsed(record, place)
    record = ''
    if (head === null) {
      const names = Object.keys(value)
      head = { names, places: placesOf(names, place) }
    }
    const { names, places } = head
    take({
      line: begunAt,
      get: (column) => value[names[places[column]] ?? ''],
      placeOf: (column) => `${place} ${names[places[column]] ?? ''}`,
    })
  }

  const see = (character: string): void => {
    if (inText) {
      if (!escaped && character === '"') inText = false
      escaped = !escaped && character === '\\'
    } else if (character === '"') inText = true
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
  }

  /** Outside of objects; true where one begins. */
  const begins = (character: string): boolean => {
    if (character === '{') return true
    if (character === '[' || character === ']') arrays += character === '[' ? 1 : -1
    else if (!between.test(character))
      throw refused(`${name}:${line}`, `${JSON.stringify(character)} stands where an object should begin`)
    return false
  }

  const feed = (text: string): void => {
    for (const character of text) {
      if (depth === 0 && begins(character)) begunAt = line
      if (depth > 0 || character === '{') {
        record += character
        see(character)
        if (depth === 0) takeRecord()
        else if (record.length > longestRecord)
          throw refused(
            `${name}:${begunAt}`,
            `the object has more than ${longestRecord.toLocaleString('en-US')} characters`,
          )
      }
      if (character === '\n') line += 1
    }
  }

  const end = (): void => {
    if (depth > 0) throw refused(`${name}:${begunAt}`, 'the file ends within an object')
    if (arrays !== 0) throw refused(`${name}:${line}`, 'the file ends within an array')
  }

  return { feed, end }
}

const parsed = (text: string, place: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return value as Readonly<Record<string, unknown>> // text that begins with { is an object, or does not parse
  } catch (cause) {
    throw refused(place, `it is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
