// The building blocks of the schema: mappings with known keys, mappings with names as keys, text, whole numbers. Each
// takes an example, which is shown where it is missing.
import { z } from 'zod'
import { asMessage, unknownKeys } from './sentences.ts'

const missing = (example: string | undefined): string =>
  asMessage('is missing', example === undefined ? undefined : `such as ${example}`)

/** A mapping in which every key is known. An unknown one is an error that names the nearest known. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape, example?: string) => {
  const schema: z.ZodObject<Shape, z.core.$strict> = z.strictObject(shape, {
    error: (issue): string | undefined => {
      if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, Object.keys(shape))
      if (issue.input === undefined) return missing(example)
      if (issue.input !== null) return undefined
      if (example !== undefined) return asMessage('is empty', `such as ${example}`)
      return asMessage('is empty', schema.safeParse({}).success ? 'write {} to take every default' : undefined)
    },
  })
  return schema
}

/** How the keys of a dictionary look, and the sentence about one that does not. */
type KeyRule = { readonly form: RegExp; readonly says: (key: string) => string }

/** A mapping whose keys are names that people choose. */
export const dictionary = <Value extends z.ZodType>(keys: KeyRule, value: Value, example?: string) =>
  z.record(z.string().regex(keys.form), value, {
    error: (issue) => {
      if (issue.code === 'invalid_key') return keys.says(String(issue.input))
      return issue.input === undefined ? missing(example) : undefined
    },
  })

/** Text of `least` (1) to `most` (4,096) characters, without NUL: it ends a string for the operating system. */
export const text = (example: string, { least = 1, most = 4_096 } = {}) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? missing(example) : undefined) })
    .min(least)
    .max(most)
    .refine((written) => !written.includes('\0'), { error: 'has a NUL character in it' })

export const wholeNumber = (least: number, most: number) => z.int().min(least).max(most)
