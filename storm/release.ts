// A release of the storm as a folder: the app, what is wrong with it, and a humdrum.yaml with times so short that two
// hundred rollouts take minutes.
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Character } from './plan.ts'

const program = fileURLToPath(new URL('./app/server.mjs', import.meta.url))

export const instancesOfEach = 2

export const hostOf = (app: string): string => `${app}.storm.example`

/** A good one may be slow to start on a machine that is busy; one that never is ready need not be waited for. */
const healthTimeout = ({ kind }: Character): string => (kind === 'neverReady' ? '4s' : '20s')

const configOf = (app: string, character: Character): string => `version: 1
app: ${app}
run:
  command: node server.mjs
  health: { path: /healthz, timeout: ${healthTimeout(character)} }
  stop: { timeout: 3s }
environments:
  production:
    target: { kind: process, instances: ${instancesOfEach} }
    router: { kind: edge, host: ${hostOf(app)} }
    rollout:
      steps: [{ setWeight: 50% }, { pause: 500ms }]
      analysis: { beta: 50%, metrics: [{ metric: errors }], minExposure: { requests: 20, time: 1500ms } }
      bake: { for: 1s, holdback: 20% }
      stepBudget: 60s
      standby: 8s
`

export type Source = { readonly app: string; readonly version: string; readonly character: Character }

/** The folder that it was put into. */
export const writeRelease = async (below: string, { app, version, character }: Source): Promise<string> => {
  const folder = join(below, version)
  await mkdir(folder)
  await cp(program, join(folder, 'server.mjs'))
  await writeFile(join(folder, 'humdrum.yaml'), configOf(app, character))
  await writeFile(join(folder, 'release.json'), `${JSON.stringify({ version, ...character })}\n`)
  return folder
}
