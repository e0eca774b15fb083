// Who may import whom, and that nothing imports in a circle. Imports of types count: they are what closes most circles.
import type { Code, Rule, SourceFile, SyntaxNode, Violation } from './source.ts'
import { codeOf, isCode, isConfig, isTest, isWithin, nameOf, roomOf, walk } from './source.ts'

/** Rooms that a room may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  contract: ['core'],
  providers: ['core', 'contract'],
  edge: ['core', 'contract'],
  server: ['core', 'contract', 'providers'],
  cli: ['core', 'contract'],
  portal: ['core', 'contract'],
  sim: ['core', 'contract', 'providers', 'edge', 'server', 'cli'],
  demo: ['core', 'contract', 'providers', 'edge', 'server', 'cli', 'portal', 'sim', 'bench'],
  bench: ['core', 'contract', 'providers', 'edge', 'server', 'cli', 'portal', 'sim', 'demo'],
  storm: ['core', 'contract', 'providers', 'edge', 'server', 'cli', 'sim', 'demo'],
  ci: [],
  house: [],
}

const testTools = new Set(['vitest', 'fast-check', '@fast-check/vitest'])

export type Import = {
  readonly from: string
  readonly line: number
  readonly specifier: string
  /** A path in the repository, or null for a package and for Node itself. */
  readonly to: string | null
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
])

const specifiersIn = (code: Code): readonly { readonly node: SyntaxNode; readonly specifier: string }[] =>
  [...walk(code.program)].flatMap(({ node }) => {
    const specifier = importing.has(node.type) ? nameOf(node['source']) : null
    return specifier === null ? [] : [{ node, specifier }]
  })

/** Every import, re-export, `import()` and `import('x').Type` of a file. */
export const importsOf = (file: SourceFile): readonly Import[] => {
  const code = codeOf(file)
  return specifiersIn(code).map(({ node, specifier }) => ({
    from: file.path,
    line: code.lineOf(node.start),
    specifier,
    to: resolve(file.path, specifier),
  }))
}

const resolve = (from: string, specifier: string): string | null => {
  if (specifier.startsWith('@humdrum/')) return specifier.slice('@humdrum/'.length)
  if (!specifier.startsWith('.')) return null
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

const allImports = (files: readonly SourceFile[]): readonly Import[] =>
  files.filter((file) => isCode(file.path)).flatMap(importsOf)

const complaint = ({ from, line, specifier }: Import, why: string): Violation => ({
  path: from,
  line,
  what: `imports '${specifier}'`,
  why,
})

/** Rooms import only the rooms that the table names. */
export const roomsKeepTheirWalls: Rule = (files) =>
  allImports(files).flatMap((found) => {
    const { from, to } = found
    if (to === null) return []
    const [room, other] = [roomOf(from), roomOf(to)]
    const why = room === other ? byNameFromWithin(found) : overTheWall(room, other, isTest(from))
    if (why !== null) return [complaint(found, why)]
    return room !== other && !found.specifier.startsWith('@humdrum/')
      ? [complaint(found, `another room is imported by its name, '@humdrum/${to}', so that a moved file breaks nobody`)]
      : []
  })

const byNameFromWithin = ({ from, specifier }: Import): string | null =>
  specifier.startsWith('@humdrum/') ? `within ${roomOf(from)} an import is relative` : null

const overTheWall = (room: string, other: string, test: boolean): string | null => {
  const allowed = mayImport[room]
  if (allowed === undefined)
    return `there is no room '${room}': draw it in ARCHITECTURE.md and name it in house/imports.ts`
  if (allowed.includes(other) || (test && other === 'sim')) return null
  if (other === 'demo' || other === 'bench' || other === 'storm')
    return `${other} may import anything and is imported by nobody`
  const may = allowed.length === 0 ? 'no other room' : `only ${allowed.join(', ')}`
  return `${room} may import ${may}${test ? ', and sim from a test' : ''}`
}

/** Core depends on nothing: no package, no Node. */
export const coreDependsOnNothing: Rule = (files) =>
  allImports(files)
    .filter(
      ({ from, to, specifier }) => roomOf(from) === 'core' && to === null && !(isTest(from) && ofTests(specifier)),
    )
    .map((found) =>
      complaint(found, 'core is pure: what it needs from outside is a port (core/ports.ts) or an argument'),
    )

const ofTests = (specifier: string): boolean => testTools.has(specifier) || specifier.startsWith('node:')

const knowsTests = (path: string): boolean =>
  isTest(path) || isConfig(path) || roomOf(path) === 'sim' || isWithin(path, 'providers/conformance')

/** What runs for users knows neither test tools nor tests. */
export const testToolsStayInTests: Rule = (files) =>
  allImports(files)
    .filter(({ from, to, specifier }) => !knowsTests(from) && (testTools.has(specifier) || (to !== null && isTest(to))))
    .map((found) => complaint(found, 'only tests, sim and the conformance suites know how tests are made'))

/** HTTP and engine meet in the store, also by way of a third file. */
export const httpAndEngineMeetInTheStore: Rule = (files) => {
  const next = graphOf(files)
  const why = 'http and engine never import each other: they meet in the store, an order over HTTP is a row there'
  const sides = ['server/http', 'server/engine'] as const
  return sides.flatMap((side) => {
    const other = side === 'server/http' ? 'server/engine' : 'server/http'
    return [...next.keys()]
      .filter((path) => isWithin(path, side))
      .flatMap((path) => chainsTo(next, path, (reached) => isWithin(reached, other)))
      .map((chain) => ({ path: chain[0] ?? '', what: `imports ${chain.slice(1).join(', which imports ')}`, why }))
  })
}

/** The shortest chain from `start` to a path that `wanted` takes, through paths of the server that it does not take. */
const chainsTo = (
  next: ReadonlyMap<string, readonly string[]>,
  start: string,
  wanted: (path: string) => boolean,
): readonly (readonly string[])[] => {
  const seen = new Set([start])
  const queue: (readonly string[])[] = [[start]]
  for (const chain of queue) {
    for (const path of next.get(chain.at(-1) ?? '') ?? []) {
      if (wanted(path)) return [[...chain, path]]
      if (seen.has(path) || roomOf(path) !== 'server') continue
      seen.add(path)
      queue.push([...chain, path])
    }
  }
  return []
}

/** `providers/targets/process/start.ts` belongs to the adapter `providers/targets/process`. */
const adapterOf = (path: string): string | null => {
  const [room, port, adapter, file] = path.split('/')
  return room === 'providers' && port !== 'conformance' && file !== undefined ? `${room}/${port}/${adapter}` : null
}

/** An adapter can be taken away without touching another. */
export const adaptersAreNoSiblings: Rule = (files) =>
  allImports(files).flatMap((found) => {
    const [own, other] = [adapterOf(found.from), found.to === null ? null : adapterOf(found.to)]
    return own === null || other === null || own === other
      ? []
      : [complaint(found, `${own} and ${other} are adapters: what both need lies above them, or in core`)]
  })

const graphOf = (files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    files
      .filter((file) => isCode(file.path))
      .map((file) => [file.path, importsOf(file).flatMap(({ to }) => (to === null ? [] : [to]))] as const),
  )

/** No file reaches itself by its imports. One violation for each circle, with the files on it. */
export const noCircles: Rule = (files) => {
  const next = graphOf(files)
  const done = new Set<string>()
  return [...next.keys()].flatMap((path) => {
    if (done.has(path)) return []
    const circle = circleThrough(next, path)
    for (const member of circle ?? [path]) done.add(member)
    return circle === null
      ? []
      : [
          {
            path,
            what: `imports itself: ${[...circle, path].join(' → ')}`,
            why: 'a circle cannot be understood, tested or moved in parts: give what both need a file of its own',
          },
        ]
  })
}

const circleThrough = (next: ReadonlyMap<string, readonly string[]>, start: string): readonly string[] | null => {
  const seen = new Set<string>()
  const queue: (readonly string[])[] = [[start]]
  for (const chain of queue) {
    for (const path of next.get(chain.at(-1) ?? '') ?? []) {
      if (path === start) return chain
      if (seen.has(path) || !next.has(path)) continue
      seen.add(path)
      queue.push([...chain, path])
    }
  }
  return null
}
