// How often the target looks, and how long it waits. Apart from tests everybody takes these values.

export type Pace = {
  /** Between two readiness probes, and the most that one of them may take. */
  readonly probeMs: number
  readonly probeTimeoutMs: number
  /** Before the first restart after a crash; doubles up to the longest, and starts anew after an instance was ready for `healthyMs`. */
  readonly backoffMs: number
  readonly longestBackoffMs: number
  readonly healthyMs: number
  /** Between two looks at a process that is no child of this server, and at what is left of a group. */
  readonly watchMs: number
  /** Before an instance that was only intended is looked for once more, and given up. */
  readonly secondLookMs: number
  /** Between two looks at what the apps wrote. */
  readonly tailMs: number
}

export const defaultPace: Pace = {
  probeMs: 100,
  probeTimeoutMs: 2_000,
  backoffMs: 250,
  longestBackoffMs: 30_000,
  healthyMs: 60_000,
  watchMs: 100,
  secondLookMs: 1_000,
  tailMs: 200,
}
