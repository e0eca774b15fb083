// How many requests, and how many of them went bad.

export type Tally = { readonly requests: number; readonly bad: number }
