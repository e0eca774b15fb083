// The JSON Schema of humdrum.yaml, for editors and for `humdrum schema`. What only the parser knows (two settings that
// contradict each other, the longest duration) is not in it.
import { z } from 'zod'
import { configSchema } from './schema.ts'

export type JsonSchema = { readonly [key: string]: unknown }

/** Draft 07, of what may be written (not of what it means). */
export const humdrumJsonSchema = (): JsonSchema => {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { target: 'draft-07', io: 'input' })
  return { $schema, title: 'humdrum.yaml', description: 'How Humdrum builds, runs and exposes an app.', ...schema }
}

/** As `humdrum.schema.json` holds it. */
export const humdrumJsonSchemaText = (): string => `${JSON.stringify(humdrumJsonSchema(), null, 2)}\n`
