// Where the programs of server and edge lie, seen from this file: beside the sources in a checkout, beside the bundle
// otherwise. They are started as processes of their own and never imported.
import { fileURLToPath } from 'node:url'

const entry = (room: 'server' | 'edge', here: string): string =>
  fileURLToPath(new URL(here.endsWith('.ts') ? `../${room}/main.ts` : `./${room}.js`, here))

export const serverEntry = (here: string = import.meta.url): string => entry('server', here)

export const edgeEntry = (here: string = import.meta.url): string => entry('edge', here)
