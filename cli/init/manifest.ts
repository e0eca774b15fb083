// What a package.json says about how an app is built and started. Pure; a file that is no JSON, or of another form, says
// nothing: somebody else will tell.
export type Manifest = {
  readonly name: string | null
  readonly main: string | null
  readonly scripts: Readonly<Record<string, string>>
  /** Names of what the app needs while it runs. */
  readonly dependencies: readonly string[]
}

/** Null where the text is no package.json. */
export const parseManifest = (text: string): Manifest | null => {
  const manifest = recordOf(jsonOf(text))
  if (manifest === null) return null
  return {
    name: textOf(manifest['name']),
    main: textOf(manifest['main']),
    scripts: Object.fromEntries(
      Object.entries(recordOf(manifest['scripts']) ?? {}).flatMap(([name, line]) => {
        const script = textOf(line)
        return script === null ? [] : [[name, script]]
      }),
    ),
    dependencies: Object.keys(recordOf(manifest['dependencies']) ?? {}),
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\u{feff}/u, ''))
  } catch {
    return null // it is not for this command to say what is wrong in it
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null
