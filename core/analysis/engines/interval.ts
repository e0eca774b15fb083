// An interval that is right at all times at once with the stated probability: it may be looked at whenever one likes.

/** Both ends belong to it; `upper` may be Infinity. */
export type Interval = { readonly lower: number; readonly upper: number }
