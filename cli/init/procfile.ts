// What a Procfile names: process types, a line each. Pure.

export type Procfile = {
  /** The command of the type `web`, the one that takes requests. */
  readonly web: string | null
  /** The other types, in the order of the file. */
  readonly others: readonly string[]
}

export const parseProcfile = (text: string): Procfile => {
  const types = text.split('\n').flatMap((line) => {
    const match = /^([A-Za-z0-9_-]+):\s*(\S.*)$/.exec(line.trim())
    return match === null ? [] : [{ type: match[1] ?? '', command: match[2] ?? '' }]
  })
  return {
    web: types.find(({ type }) => type === 'web')?.command ?? null,
    others: types.map(({ type }) => type).filter((type) => type !== 'web'),
  }
}
