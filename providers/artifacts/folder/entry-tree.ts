// What an uploaded tar may hold: names, links and limits are judged here, before anything touches the disk. Pure; it knows
// neither the tar format nor a file system.
import { FaultError } from '@humdrum/core/errors.ts'

export type Limits = { readonly entries: number; readonly bytes: number }

export type TreeNode =
  | { readonly kind: 'folder'; readonly explicit: boolean }
  | { readonly kind: 'file'; readonly bytes: number }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'hardlink'; readonly target: string }

export type EntryTree = {
  /** Takes one entry in; returns its clean path ('' is the top folder) or throws HD3003. */
  add(path: string, node: TreeNode): string
  /** Judges what can be judged only when everything is there: where links lead. Throws HD3003. */
  finish(): { readonly hardlinks: readonly Link[]; readonly symlinks: readonly Link[] }
}

export type Link = { readonly path: string; readonly target: string }

const maxPathBytes = 1_024
const maxNameBytes = 255
const maxHops = 40

/** An entry in words that are safe to print. */
export const quoted = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)

export const refuse = (reason: string): never => {
  throw new FaultError({ code: 'HD3003', reason })
}

// Control characters (C0, DEL, C1) and U+FFFD, which is what is left of a name that was not UTF-8.
const isUnprintable = (text: string): boolean => {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0xfffd) return true
  }
  return !text.isWellFormed()
}

const judgeName = (text: string): void => {
  if (isUnprintable(text)) refuse(`the name ${quoted(text)} has control characters or is not UTF-8`)
  if (Buffer.byteLength(text) > maxPathBytes) refuse(`the name ${quoted(text)} is longer than ${maxPathBytes} bytes`)
}

/** `./a//b/` as `a/b`; '' for the top folder itself. Throws HD3003 for every name that leads, or could lead, elsewhere. */
export const cleanPath = (path: string): string => {
  judgeName(path)
  if (path.startsWith('/')) refuse(`${quoted(path)} is an absolute path`)
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  if (names.includes('..')) refuse(`${quoted(path)} leads out of the artifact`)
  if (names.some((name) => Buffer.byteLength(name) > maxNameBytes)) {
    refuse(`${quoted(path)} has a name longer than ${maxNameBytes} bytes`)
  }
  return names.join('/')
}

const judgeTarget = (path: string, target: string): void => {
  judgeName(target)
  if (target === '') refuse(`the link ${quoted(path)} leads nowhere`)
  if (target.startsWith('/')) refuse(`the link ${quoted(path)} leads to the absolute path ${quoted(target)}`)
}

/** Follows a symbolic link as the kernel would, through other links too; throws HD3003 when it leaves the artifact. */
const judgeSymlink = (nodes: ReadonlyMap<string, TreeNode>, link: Link): void => {
  let hops = 0
  const walk = (from: readonly string[], target: string): readonly string[] => {
    hops += 1
    if (hops > maxHops) refuse(`the link ${quoted(link.path)} leads in a circle`)
    let at = from
    for (const name of target.split('/')) {
      if (name === '' || name === '.') continue
      if (name === '..' && at.length === 0) refuse(`the link ${quoted(link.path)} leads out of the artifact`)
      const next = name === '..' ? at.slice(0, -1) : [...at, name]
      const node = nodes.get(next.join('/'))
      at = name !== '..' && node?.kind === 'symlink' ? walk(at, node.target) : next
    }
    return at
  }
  walk(link.path.split('/').slice(0, -1), link.target)
}

type Draft = { readonly nodes: Map<string, TreeNode>; readonly limits: Limits }

const addParents = ({ nodes, limits }: Draft, path: string): void => {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
    const parent = nodes.get(path.slice(0, cut))
    if (parent?.kind === 'folder') return
    if (parent !== undefined) refuse(`${quoted(path)} lies below ${quoted(path.slice(0, cut))}, which is no folder`)
    nodes.set(path.slice(0, cut), { kind: 'folder', explicit: false })
  }
  if (nodes.size > limits.entries) refuse(`it has more than ${limits.entries} entries`)
}

const add = (draft: Draft, path: string, node: TreeNode): string => {
  const { nodes, limits } = draft
  const clean = cleanPath(path)
  if (clean === '' && node.kind !== 'folder') refuse(`${quoted(path)} is no name for a file`)
  const before = nodes.get(clean)
  const declaresParent = before?.kind === 'folder' && !before.explicit && node.kind === 'folder'
  if (before !== undefined && !declaresParent) refuse(`${quoted(clean)} is there twice`)
  if (node.kind === 'symlink' || node.kind === 'hardlink') judgeTarget(clean, node.target)
  addParents(draft, clean)
  nodes.set(clean, node)
  if (nodes.size > limits.entries) refuse(`it has more than ${limits.entries} entries`)
  return clean
}

const hardlinksOf = ({ nodes, limits }: Draft): readonly Link[] => {
  let bytes = 0
  const links: Link[] = []
  for (const [path, node] of nodes) {
    if (node.kind === 'file') bytes += node.bytes
    if (node.kind !== 'hardlink') continue
    const target = cleanPath(node.target)
    const file = nodes.get(target)
    if (file?.kind !== 'file') return refuse(`the hard link ${quoted(path)} leads to no file of the artifact`)
    bytes += file.bytes
    links.push({ path, target })
  }
  // Each hard link becomes a file of its own, so a small upload could grow without this.
  if (bytes > limits.bytes) refuse(`it holds more than ${limits.bytes} bytes`)
  return links
}

/** An empty tree that refuses what an artifact may not hold. */
export const createEntryTree = (limits: Limits): EntryTree => {
  const draft: Draft = { nodes: new Map(), limits }
  return {
    add: (path, node) => add(draft, path, node),
    finish: () => {
      const symlinks: Link[] = []
      for (const [path, node] of draft.nodes) if (node.kind === 'symlink') symlinks.push({ path, target: node.target })
      for (const link of symlinks) judgeSymlink(draft.nodes, link)
      return { hardlinks: hardlinksOf(draft), symlinks }
    },
  }
}
