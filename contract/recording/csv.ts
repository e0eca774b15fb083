// A recording as CSV: a line of names, then a tick a line. Strict, since counts are no prose: no line breaks in fields, no
// comments, every line as many fields as there are names. Commas, semicolons or tabs, whichever the first line has.
import type { Places } from './columns.ts'
import { placesOf, refused } from './columns.ts'
import type { Reader, Row } from './row.ts'
import { longestRecord } from './row.ts'

const separators = [',', ';', '\t'] as const

export const createCsvReader = (name: string, take: (row: Row) => void): Reader => {
  let [rest, line] = ['', 0]
  let head: { readonly separator: string; readonly places: Places; readonly width: number } | null = null

  const takeLine = (text: string): void => {
    line += 1
    if (text.trim() === '') return
    if (head === null) {
      const separator = separators.find((one) => text.includes(one)) ?? ','
      const names = fieldsOf(text, separator, `${name}:${line}`)
      head = { separator, places: placesOf(names, `${name}:${line}`), width: names.length }
      return
    }
    const { separator, places, width } = head
    const fields = fieldsOf(text, separator, `${name}:${line}`)
    if (fields.length !== width)
      throw refused(`${name}:${line}`, `it has ${fields.length} fields, and the first line has ${width} names`)
    const at = line
    take({
      line,
      get: (column) => fields[places[column]],
      placeOf: (column) => `${name}:${at}:${startOf(text, separator, places[column])}`,
    })
  }

  return {
    feed: (text) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const one of lines) takeLine(one.endsWith('\r') ? one.slice(0, -1) : one)
      if (rest.length > longestRecord)
        throw refused(
          `${name}:${line + 1}`,
          `the line has more than ${longestRecord.toLocaleString('en-US')} characters`,
        )
    },
    end: () => takeLine(rest),
  }
}

const fieldsOf = (text: string, separator: string, place: string): readonly string[] => {
  const fields = rawFields(text, separator)
  if (fields === null) throw refused(place, 'a quote is not closed')
  return fields.map((field) => {
    const [, quoted] = /^"(.*)"$/.exec(field.trim()) ?? []
    return quoted === undefined ? field.trim() : quoted.replaceAll('""', '"')
  })
}

/** With their quotes; null where one is not closed. */
const rawFields = (text: string, separator: string): readonly string[] | null => {
  if (!text.includes('"')) return text.split(separator)
  const fields: string[] = []
  let open = ''
  for (const piece of text.split(separator)) {
    const field = open + piece
    const isWhole = (field.split('"').length - 1) % 2 === 0
    if (isWhole) fields.push(field)
    open = isWhole ? '' : field + separator
  }
  return open === '' ? fields : null
}

/** The column, from 1, in which a field begins. */
const startOf = (text: string, separator: string, index: number): number =>
  (rawFields(text, separator) ?? []).slice(0, index).reduce((start, field) => start + field.length + 1, 1)
