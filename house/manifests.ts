// What holds for the manifests of the rooms: they are released together, as one thing.
import type { Rule, SourceFile } from './source.ts'

/** A manifest of the root or of a room; what an example or a fixture says is its own business. */
const isOurs = ({ path }: SourceFile): boolean => /^(?:[a-z]+\/)?package\.json$/.test(path)

const versionOf = ({ text }: SourceFile): string => (JSON.parse(text) as { version?: string }).version ?? 'none' // npm reads it as well

/** Every room has the version of the whole: `humdrum --version` and `/v1/status` read their own room's. */
export const roomsShareOneVersion: Rule = (files) => {
  const manifests = files.filter(isOurs)
  const root = manifests.find(({ path }) => path === 'package.json')
  if (root === undefined) return []
  return manifests
    .filter((manifest) => versionOf(manifest) !== versionOf(root))
    .map((manifest) => ({
      path: manifest.path,
      what: `has version ${versionOf(manifest)}`,
      why: `the whole has ${versionOf(root)}, and all rooms are released with it`,
    }))
}
