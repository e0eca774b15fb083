// References to variables of the server, `${env:NAME}`, inside values of `run.env`. Pure: the caller looks names up.
// It knows nothing of where variables live, and what they resolve to goes to the caller alone.

/** What a value became, or the first variable that is not set. */
export type Resolution =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly missing: string }

const reference = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g

/** A value in which every `${env:` goes on with a name and `}`. Other `$` signs are plain text. */
export const wellFormedReferences = /^(?![\s\S]*\$\{env:(?![A-Za-z_][A-Za-z0-9_]*\}))/

/** The names that a value refers to, each once, in the order in which they come first. */
export const referencedVariables = (value: string): readonly string[] => [
  ...new Set([...value.matchAll(reference)].map((match) => match[1] ?? '')),
]

/** The names that any value of an `env` refers to, each once. */
export const environmentReferences = (env: Readonly<Record<string, string>>): readonly string[] => [
  ...new Set(Object.values(env).flatMap(referencedVariables)),
]

/**
 * The value with every `${env:NAME}` replaced. What a variable holds is not looked into again: a secret that happens
 * to contain `${env:X}` stays as it is. An empty variable is set; only `undefined` is missing.
 */
export const resolveReferences = (value: string, lookup: (name: string) => string | undefined): Resolution => {
  const values = new Map<string, string>()
  for (const name of referencedVariables(value)) {
    const found = lookup(name)
    if (found === undefined) return { ok: false, missing: name }
    values.set(name, found)
  }
  return { ok: true, value: value.replace(reference, (_whole, name: string) => values.get(name) ?? '') }
}
