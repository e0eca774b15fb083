// How the published package is made: the programs, each with all it needs, as plain JavaScript for Node. Everything lies
// in one folder, so that a path relative to a program is the same in every chunk. Minifies nothing: a stack is readable.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'rolldown'

/** `/x/node_modules/a/node_modules/@b/c/d.js` → `/x/node_modules/a/node_modules/@b/c`; null for our own files. */
const packageOf = (id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? null

const licenceOf = (folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  const text = file === undefined ? '' : readFileSync(`${folder}/${file}`, 'utf8').trim()
  return `# ${name} ${version} (${license})\n\n${text}\n`
}

/** The licences of what is bundled want to go with it. */
const thirdParty = () => ({
  name: 'third-party',
  generateBundle(_options, chunks) {
    const modules = Object.values(chunks).flatMap((chunk) => chunk.moduleIds ?? [])
    const folders = [...new Set(modules.map(packageOf))].filter(
      (folder) => folder !== null && existsSync(`${folder}/package.json`),
    )
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY.md', source: folders.sort().map(licenceOf).join('\n') })
  },
})

export default defineConfig({
  input: { cli: 'cli/main.ts', server: 'server/main.ts', edge: 'edge/main.ts' },
  platform: 'node',
  external: [/^node:/, /^node-linux-/],
  plugins: [thirdParty()],
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    minify: false,
    sourcemap: false,
  },
})
