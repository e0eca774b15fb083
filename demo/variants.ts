// The releases of the shop that the demo ships, and what it announces of each. A release is a copy of examples/shop with a
// release.json of its own: other bytes, as a real change would be.
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MetricName } from '@humdrum/core/analysis/metric.ts'
import type { Phase } from '@humdrum/core/rollout/state.ts'

export type Variant = {
  readonly version: string
  /** What is special about it, as release.json tells the shop. */
  readonly fault: Readonly<Record<string, unknown>>
  readonly outcome: Extract<Phase, 'Succeeded' | 'RolledBack' | 'Failed'>
  /** What takes it out; null where nothing does. */
  readonly metric: MetricName | null
  readonly words: string
}

export const variants: readonly Variant[] = [
  {
    version: 'v1',
    fault: {},
    outcome: 'Succeeded',
    metric: null,
    words: 'the first release: nothing to compare it with',
  },
  { version: 'v2', fault: {}, outcome: 'Succeeded', metric: null, words: 'a good release' },
  {
    version: 'v3',
    fault: { fault: 'errors', share: 0.05 },
    outcome: 'RolledBack',
    metric: 'errors',
    words: 'answers 5 % of its requests with 500, and its health says that all is well',
  },
  {
    version: 'v4',
    fault: { fault: 'slow', factor: 3 },
    outcome: 'RolledBack',
    metric: 'latency',
    words: 'answers one request in ten so slowly that its p99 is three times as long, and nothing fails',
  },
  { version: 'v5', fault: { fault: 'neverReady' }, outcome: 'Failed', metric: null, words: 'never becomes ready' },
]

const shop = fileURLToPath(new URL('../examples/shop', import.meta.url))

/** Puts the sources of a release into a new folder, with the humdrum.yaml at `config`. */
export const writeVariant = async (
  folder: string,
  { version, fault }: Pick<Variant, 'version' | 'fault'>,
  config: string,
): Promise<void> => {
  await cp(shop, folder, { recursive: true })
  await cp(config, join(folder, 'humdrum.yaml'))
  await writeFile(join(folder, 'release.json'), `${JSON.stringify({ version, ...fault })}\n`)
}
