// Small things as people read them, and the columns in which they stand.
import type { RolloutView } from '@humdrum/contract/api.ts'

/** Between a label and what is said of it. */
const labelColumns = 12

export const labelled = (label: string, words: string): string => `${label.padEnd(labelColumns)}${words}`

/** `0.3 ms`: where a duration below a millisecond is the point. */
export const formatMilliseconds = (ms: number): string => `${ms >= 10 ? Math.round(ms) : Number(ms.toPrecision(2))} ms`

/** Enough of a digest for people and for `humdrum lift`: `3f9a1c0e2b4d`. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12)

export const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`

export const capitalised = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

/** Options that name an environment from anywhere. */
export const scopeOptions = ({ app, environment }: Pick<RolloutView, 'app' | 'environment'>): string =>
  `--app ${app} --environment ${environment}`
