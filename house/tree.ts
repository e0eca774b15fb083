// Reads the repository for the rules: every text that belongs to it, nothing that was installed or built.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { SourceFile } from './source.ts'

const foreign = new Set(['node_modules', 'dist', '.git'])
const texts = new Set(['.ts', '.tsx', '.js', '.mjs', '.md', '.json', '.yaml', '.yml', ''])

/** Every file below `root`; the text of one that is no text is left empty, its path counts. */
export const readTree = (root: string): readonly SourceFile[] =>
  pathsBelow(root, '').map((path) => ({
    path,
    text: texts.has(extname(path)) ? readFileSync(join(root, path), 'utf8') : '',
  }))

const pathsBelow = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : pathsBelow(root, path)
    return entry.isFile() ? [path] : []
  })
