// Evidence that the candidate's outcomes fall into worse categories than stable's: a mixture of bets over all categories at
// once, bin by bin. A bet k says by what ratio g_j each category j is likelier with the candidate than with stable, and
// g never falls towards the worse categories. With f = n1/(n1 + n0) the share of the bin's outcomes that are the candidate's,
// one of its outcomes in category j multiplies the bet by g_j/h_j, one of stable's by 1/h_j, where h_j = f g_j + (1-f).
//
// Under "in no category and all that are worse does the candidate have a larger share than stable" (P1 stochastically at most
// P0) each bin's factor has a mean of at most 1 (spec section 1.4, where there are two categories): outcomes are independent
// given the past and the exposures, so it is m1^n1 m0^n0 with the means m1 of g/h under P1 and m0 of 1/h under P0. By the
// means' inequality that is at most (f m1 + (1-f) m0)^(n1+n0). g/h grows with g, so m1 is at most its mean under P0; and
// f g/h + (1-f)/h = 1. For bets that never rise the same holds of the opposite. The shares of stable only scale g so that it
// tells much; wrong ones cost power, never validity. A mixture of such bets is one (Ville).
import { logSumExp } from './log-sum-exp.ts'

/** Bets side by side: of each the logarithm of its weight, and of its ratio in each category, category by category. */
export type CategoryBets = {
  readonly logWeights: readonly number[]
  readonly logRatios: readonly Float64Array[]
}

/** Outcomes of a bin, both arms by category; each arm has at least one. */
export type CategoryBin = {
  readonly candidate: ArrayLike<number>
  readonly stable: ArrayLike<number>
  readonly candidateRequests: number
  readonly stableRequests: number
}

export type CategoryEvidence = {
  /** `usual` is stable's share of each category, told before the bin; all above 0. */
  add(bin: CategoryBin, usual: ArrayLike<number>): void
  /**
   * Natural logarithm of the e-value; of each bet that has won, only 1/factor of the logarithm is taken. Factors of 1 and more
   * only take from evidence.
   */
  logEvidence(factorOf: (bet: number) => number): number
  /** Of each bet the logarithm of what it won, without its weight. */
  won(): number[]
}

export const createCategoryEvidence = (
  { logWeights, logRatios }: CategoryBets,
  from: readonly number[],
): CategoryEvidence => {
  const won = Float64Array.from(from)
  const terms = new Float64Array(won.length)
  const ratios = logRatios.map((logs) => logs.map(Math.exp))

  const factor = (bet: number, bin: CategoryBin, usual: ArrayLike<number>): number => {
    const [logs, ratio] = [logRatios[bet] ?? none, ratios[bet] ?? none]
    let scale = 0
    for (let j = 0; j < ratio.length; j += 1) scale += (usual[j] ?? 0) * (ratio[j] ?? 0)
    const requests = bin.candidateRequests + bin.stableRequests
    const share = bin.candidateRequests / requests / scale
    const rest = bin.stableRequests / requests
    let sum = -bin.candidateRequests * Math.log(scale)
    for (let j = 0; j < ratio.length; j += 1) {
      const ofCandidate = bin.candidate[j] ?? 0
      const both = ofCandidate + (bin.stable[j] ?? 0)
      if (both > 0) sum += ofCandidate * (logs[j] ?? 0) - both * Math.log(share * (ratio[j] ?? 0) + rest)
    }
    return sum
  }

  return {
    add: (bin, usual) => {
      for (let bet = 0; bet < won.length; bet += 1) won[bet] = (won[bet] ?? 0) + factor(bet, bin, usual)
    },
    logEvidence: (factorOf) => {
      for (let bet = 0; bet < won.length; bet += 1) {
        const log = won[bet] ?? 0
        terms[bet] = (logWeights[bet] ?? 0) + (log > 0 ? log / factorOf(bet) : log)
      }
      return logSumExp(terms)
    },
    won: () => Array.from(won),
  }
}

const none = new Float64Array(0)
