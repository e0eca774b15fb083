// A name of an app, made from whatever a package or a folder is called. Pure; what it makes is always a name.
import { parseAppName } from '@humdrum/contract/config/names.ts'

/** `@acme/Shop API` becomes `shop-api`; where nothing is left, the next one is asked. */
export const appNameOf = (names: readonly (string | null)[]): string => {
  const tidied = names.map((name) => tidy(name ?? ''))
  return tidied.find((name) => parseAppName(name) !== null) ?? 'app'
}

const tidy = (name: string): string =>
  name
    .replace(/^@[^/]*\//, '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 40)
    .replace(/-$/, '')
