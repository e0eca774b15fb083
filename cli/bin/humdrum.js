#!/usr/bin/env node
// Plain JavaScript for any Node: finds a Node that is new enough (its own, else the one that npm installed beside it)
// and a humdrum to run (the source in a checkout, else the bundle).
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
const newEnough = major >= 26 || (major === 24 && minor >= 15) || (major === 22 && minor >= 22)
const source = fileURLToPath(new URL('../main.ts', import.meta.url))
const bundle = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const main = existsSync(source) ? source : bundle

const bundledNode = () => {
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`)
    return manifest.replace(/package\.json$/, 'bin/node')
  } catch {
    return null
  }
}

if (newEnough) await import(main)
else {
  const node = bundledNode()
  if (node === null) {
    process.stderr.write(
      `humdrum needs Node 22.22, 24.15 or 26 and later; this is ${process.version}  [HD1001]\n` +
        `  npm could not install one for ${process.platform}-${process.arch}; install Node 24 and run the command again\n`,
    )
    process.exitCode = 1
  } else {
    const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
    // On a terminal Ctrl-C reaches both; this one only waits, so that the child says the last word.
    process.on('SIGINT', () => {})
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('exit', (code, signal) => {
      if (signal !== null) process.kill(process.pid, signal)
      else process.exitCode = code
    })
  }
}
