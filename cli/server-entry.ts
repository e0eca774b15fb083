// Where the server's program lies, seen from this file: beside the sources in a checkout, beside the bundle otherwise.
// The server is started as a process of its own and never imported.
import { fileURLToPath } from 'node:url'

export const serverEntry = (here: string = import.meta.url): string =>
  fileURLToPath(new URL(here.endsWith('.ts') ? '../server/main.ts' : './server.js', here))
