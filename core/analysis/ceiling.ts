// A share of bad requests that is too much whatever was usual before. One arm alone is held against it, by Robbins' Beta mixture,
// so the answer may be asked at every request. It compares nothing: whether both arms are above is for whoever asks.
import { logBetaMixture } from './engines/bernoulli-cs.ts'
import type { Tally } from './tally.ts'

/** A confidence sequence is wrong about an arm, ever, with probability at most this. */
const alpha = 0.001

/** `above`, `below`: the whole confidence sequence of the arm's share is. `open`: the ceiling lies in it. */
export const againstCeiling = ({ requests, bad }: Tally, ceiling: number): 'above' | 'below' | 'open' => {
  // The rates that are not refuted are an interval around bad/requests: where the ceiling is refuted, all of it is on one side.
  if (requests === 0 || logBetaMixture({ bad, requests, a: 0.5, b: 0.5 }, ceiling) < -Math.log(alpha)) return 'open'
  return bad > ceiling * requests ? 'above' : 'below'
}
