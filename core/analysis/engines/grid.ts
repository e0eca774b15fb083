// The mixture over which the engines spread their bet: 24 log rate ratios and their weights. Part of the definition of
// every e-value here: another grid is another (equally valid) e-value, so it is not tuned per service.

/** Components of the mixture. */
export const gridSize = 24

const smallest = 0.05
const largest = Math.log(1_000)
const centre = Math.log(1.6)
const spread = 0.8

/**
 * Log rate ratios h, evenly spaced on a logarithmic scale from 0.05 to ln 1000, because the likelihood at the moment of
 * a decision is about as wide as its log ratio. `+h` bets on "worse", `-h` on "better".
 */
export const gridSteps: readonly number[] = Array.from(
  { length: gridSize },
  (_, k) => smallest * (largest / smallest) ** (k / (gridSize - 1)),
)

const bells = gridSteps.map((step) => Math.exp(-0.5 * ((Math.log(step) - centre) / spread) ** 2))
const total = bells.reduce((sum, bell) => sum + bell, 0)

/** Natural logarithms of the mixture's weights, which sum to 1: a bell over ln h, centred at h = 1.6 (a factor of 5). */
export const gridLogWeights: readonly number[] = bells.map((bell) => Math.log(bell / total))
