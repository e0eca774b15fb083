// What the last stage of a Dockerfile starts, and what it says about ports and variables. Pure; arguments of the build are
// not filled in.

export type Dockerfile = {
  readonly command: string | null
  readonly ports: readonly string[]
  /** `NAME=value` as they are written. */
  readonly variables: readonly string[]
}

type Instruction = { readonly word: string; readonly rest: string }

export const parseDockerfile = (text: string): Dockerfile => {
  const all = instructionsOf(text)
  const stage = all.slice(all.findLastIndex(({ word }) => word === 'FROM') + 1)
  const last = (word: string): string | null => stage.findLast((one) => one.word === word)?.rest ?? null
  const every = (word: string): readonly string[] =>
    stage.filter((one) => one.word === word).flatMap(({ rest }) => rest.split(/\s+/))
  return {
    command: commandOf(last('ENTRYPOINT'), last('CMD')),
    ports: every('EXPOSE'),
    variables: every('ENV').filter((one) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(one)),
  }
}

/** Lines that end in a backslash go on; comments may stand between them. */
const instructionsOf = (text: string): readonly Instruction[] =>
  text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\[ \t]*\r?\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*([A-Za-z]+)\s+(\S.*)$/.exec(line.trimEnd())
      return match === null ? [] : [{ word: (match[1] ?? '').toUpperCase(), rest: (match[2] ?? '').trim() }]
    })

/** An ENTRYPOINT in the form of a list takes CMD as its parameters; one that is a line of shell takes none. */
const commandOf = (entrypoint: string | null, command: string | null): string | null => {
  if (entrypoint === null) return command === null ? null : (wordsOf(command) ?? command)
  const program = wordsOf(entrypoint)
  if (program === null) return entrypoint
  const parameters = command === null ? '' : (wordsOf(command) ?? command)
  return `${program} ${parameters}`.trim()
}

/** `["node", "server.js"]` as a line of shell; null where it is no list. */
const wordsOf = (rest: string): string | null => {
  try {
    const words: unknown = JSON.parse(rest)
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words.map(inShell).join(' ') : null
  } catch {
    return null // a line of shell
  }
}

const inShell = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
