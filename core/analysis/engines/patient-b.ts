// Engine B that does not bet everything at once: a part waits, and enters little by little, so that a regression that begins late
// finds components that have not been worn out by the healthy time before. Moving what waits into a bet before the bet is made
// moves no wealth, so the sum is as valid as before: a mixture over the times at which one might have begun to bet.
import type { BinCounts } from './bin.ts'
import type { EngineB, EngineBState } from './engine-b.ts'
import { blankEngineB, createEngineB } from './engine-b.ts'
import { gridLogWeights } from './grid.ts'
import { logSumExp } from './log-sum-exp.ts'

export type PatientState = {
  readonly engine: EngineBState
  /** What has not entered yet, of 1. */
  readonly waits: number
  readonly bins: number
}

/** What waits at first. It costs a regression that is there from the start 0.1 nats. */
const waitsFirst = 0.1
/** Of what waits, 1/(n + this) for each bin enters by the nth one, of several bins at once. */
const patience = 30
const atOnce = 4

export const blankPatient: PatientState = {
  engine: { ...blankEngineB, logs: gridLogWeights.map((log) => log + Math.log(1 - waitsFirst)) },
  ...{ waits: waitsFirst, bins: 0 },
}

type PatientB = {
  /** Adds a bin in which both arms were exposed. */
  add(bin: BinCounts): void
  /** Natural logarithm of the e-value. */
  logEvidence(): number
  state(): PatientState
}

export const createPatientB = (plan: Parameters<typeof createEngineB>[0], from: PatientState): PatientB => {
  const engine: EngineB = createEngineB(plan, from.engine)
  let { waits, bins } = from
  return {
    add: (bin) => {
      if (bins % atOnce === 0) {
        const entering = (waits * atOnce) / (bins + patience)
        waits -= entering
        engine.enter(Math.log(entering))
      }
      bins += 1
      engine.add(bin)
    },
    logEvidence: () => logSumExp([engine.logEvidence(), Math.log(waits)]),
    state: () => ({ engine: engine.state(), waits, bins }),
  }
}
