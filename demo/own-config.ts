// The demo's own humdrum.yaml: where it lies, and what it says.
import { fileURLToPath } from 'node:url'
import { readConfigFile } from '@humdrum/cli/config-file.ts'
import type { EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import { runOf } from '@humdrum/contract/config/choose-environment.ts'
import type { RunSpec } from '@humdrum/core/ports.ts'

export const ownConfigFile = fileURLToPath(new URL('./humdrum.yaml', import.meta.url))

export type OwnConfig = { readonly run: RunSpec; readonly environment: EnvironmentConfig }

export const readOwnConfig = (): OwnConfig => {
  const file = readConfigFile(import.meta.dirname, ownConfigFile)
  if (!file.ok) throw new Error(file.problems.map(({ message }) => message).join('; '))
  const run = runOf(file.parsed.config)
  const { environments } = file.parsed.config
  const [environment, ...others] = Object.values(environments)
  if (environment === undefined || others.length > 0) throw new Error('the demo has one environment')
  return { run, environment }
}
