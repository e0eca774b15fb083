// The wall clock as an instant. The only place of the server that reads it for decisions.
import type { Instant } from '@humdrum/core/time.ts'

export const now = (): Instant => Date.now() as Instant
