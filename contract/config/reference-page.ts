// docs/humdrum-yaml.md: the prose of humdrum-yaml.template.md, with tables of every key. Keys, defaults, limits and
// sentences are those of the schema. Pure.
import type { JsonSchema } from './json-schema.ts'
import { humdrumJsonSchema } from './json-schema.ts'

/** One key of the file. */
export type Key = {
  /** `run.health.path`; `rollout.steps[].setWeight` where it is the key of an entry. */
  readonly path: string
  readonly fallback: string
  readonly meaning: string
}

const note =
  '<!-- Made by `npm run docs`; change contract/config/humdrum-yaml.template.md, or what contract/config/ says of a key. -->'

/** Places are `<!-- table of the file -->` and `<!-- table of an environment -->`. */
export const referencePage = (template: string): string => {
  const [title = '', ...rest] = template.split('\n')
  return [title, '', note, ...rest]
    .join('\n')
    .replace('<!-- table of the file -->', () => tableOf(fileKeys()))
    .replace('<!-- table of an environment -->', () => tableOf(environmentKeys()))
}

export const fileKeys = (): readonly Key[] => keysOf(humdrumJsonSchema(), '')

export const environmentKeys = (): readonly Key[] => {
  const environments = schemaAt(humdrumJsonSchema()['properties'], 'environments')
  return keysOf(schemaAt(environments, 'additionalProperties'), '')
}

const tableOf = (keys: readonly Key[]): string =>
  [
    '| key | default | meaning |',
    '|---|---|---|',
    ...keys.map(({ path, fallback, meaning }) => `| \`${path}\` | ${fallback} | ${meaning.replaceAll('|', '\\|')} |`),
  ].join('\n')

const keysOf = (schema: JsonSchema, path: string): readonly Key[] => {
  const required = listAt(schema, 'required')
  return Object.entries(recordOf(schema['properties']) ?? {}).flatMap(([name, value]) => {
    const key = recordOf(value) ?? {}
    const at = path === '' ? name : `${path}.${name}`
    const forms = [key, ...alternativesOf(key)]
    const entries = forms.map((form) => recordOf(form['items'])).filter((entry) => entry !== null)
    return [
      { path: at, fallback: fallbackOf(key, required.includes(name)), meaning: meaningOf(key) },
      ...forms.flatMap((form) => keysOf(form, at)),
      ...entries.flatMap((entry) => [entry, ...alternativesOf(entry)]).flatMap((form) => keysOf(form, `${at}[]`)),
    ]
  })
}

const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  listAt(schema, 'anyOf').flatMap((one) => {
    const form = recordOf(one)
    return form === null ? [] : [form]
  })

const fallbackOf = (schema: JsonSchema, required: boolean): string => {
  if (required) return 'required'
  const { default: fallback } = schema
  if (fallback === undefined) return 'none'
  return `\`${flow(fallback)}\``
}

/** As YAML writes it on one line. */
const flow = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  const record = recordOf(value)
  if (record === null) return String(value)
  const entries = Object.entries(record).map(([name, inner]) => `${name}: ${flow(inner)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

const meaningOf = (schema: JsonSchema): string => {
  const said = String(schema['description'] ?? '').replace(/\.$/, '')
  const limits = limitsOf(schema, said)
  return limits === '' ? said : `${said}; ${limits}`
}

/** Words that may be chosen are left out where the sentence has named them. */
const limitsOf = (schema: JsonSchema, said: string): string => {
  const { const: only, minimum, maximum, minItems, maxItems } = schema
  if (only !== undefined) return `only \`${String(only)}\``
  const words = listAt(schema, 'enum').map((word) => `\`${String(word)}\``)
  if (words.length > 0) return words.every((word) => said.includes(word)) ? '' : words.join(' or ')
  if (maximum !== undefined && Number(maximum) < 1e9) return `${digits(minimum)} to ${digits(maximum)}`
  if (minItems !== undefined && maxItems !== undefined)
    return minItems === maxItems ? 'one entry' : `${digits(minItems)} to ${digits(maxItems)} entries`
  const [limited] = alternativesOf(schema).filter(
    (one) => one['maximum'] !== undefined || one['maxItems'] !== undefined,
  )
  return limited === undefined ? '' : limitsOf(limited, said)
}

const digits = (value: unknown): string => Number(value ?? 0).toLocaleString('en-US')

const schemaAt = (parent: unknown, name: string): JsonSchema => recordOf(recordOf(parent)?.[name]) ?? {}

const listAt = (schema: JsonSchema, name: string): readonly unknown[] => {
  const list = schema[name]
  return Array.isArray(list) ? list : []
}

const recordOf = (value: unknown): JsonSchema | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
