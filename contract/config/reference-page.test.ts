// The reference page for users says what the schema says.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { humdrumJsonSchema, type JsonSchema } from './json-schema.ts'
import { parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'

const page = readFileSync(new URL('../../docs/humdrum-yaml.md', import.meta.url), 'utf8')

test('every file on the reference page is valid', () => {
  const files = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
  expect(files).toHaveLength(2)
  for (const file of files) {
    const parsed = parseConfig(file, 'docs/humdrum-yaml.md')
    expect(parsed.ok ? [] : parsed.problems.map(renderProblem)).toEqual([])
  }
})

/** Every key of the schema with its default, as the page's table writes them. */
const keysOf = (schema: JsonSchema, path: string): readonly { readonly key: string; readonly fallback: unknown }[] => {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)
  return properties.flatMap(([name, inner]) => {
    const key = path === '' ? name : `${path}.${name}`
    const below = keysOf(inner, key)
    return below.length > 0 ? below : [{ key, fallback: inner['default'] }]
  })
}
const top = keysOf(humdrumJsonSchema(), '')
const environments = (humdrumJsonSchema()['properties'] as Record<string, JsonSchema>)['environments']
const environment = keysOf((environments?.['additionalProperties'] ?? {}) as JsonSchema, '')

test.each([...top, ...environment])('the reference page has $key with its default', ({ key, fallback }) => {
  const row = page.split('\n').find((line) => line.startsWith(`| \`${key}\` |`))
  expect(row).toBeDefined()
  const scalar = typeof fallback === 'string' || typeof fallback === 'number'
  if (scalar) expect(row).toContain(`| \`${fallback}\` |`)
})
