// Reads rollouts together with what lies beside them in the store, as views.
import type { Explanation, RolloutView } from '@humdrum/contract/api.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { seenSources } from '../seen-sources.ts'
import type { Db } from '../store/open.ts'
import { getMeasurements, listRejections, transitionsAfter } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { getRollout } from '../store/rollouts.ts'
import { getSourceStates } from '../store/source-states.ts'
import { explanationView, rolloutView } from './views.ts'

/** In the order given. */
export const readViews = async (db: Db, stored: readonly StoredRollout[]): Promise<RolloutView[]> => {
  if (stored.length === 0) return []
  const ids = stored.map(({ rollout }) => rollout.id)
  const measurements = await getMeasurements(db, ids)
  const sources = await getSourceStates(db, ids)
  const rejected = new Set((await listRejections(db)).map(({ digest }) => digest))
  return stored.map((one) =>
    rolloutView(one, {
      measurement: measurements.get(one.rollout.id) ?? null,
      sources: seenSources(one.rollout.plan, sources.get(one.rollout.id)),
      rejected: rejected.has(one.rollout.plan.candidateArtifact),
    }),
  )
}

/** Null when there is no such rollout. */
export const readView = async (db: Db, id: RolloutId): Promise<RolloutView | null> => {
  const stored = await getRollout(db, id)
  return stored === null ? null : ((await readViews(db, [stored]))[0] ?? null)
}

/** As many transitions as a rollout can have that lapses all day. */
const longestTimeline = 1_000

/** Null when there is no such rollout. */
export const readExplanation = async (db: Db, id: RolloutId): Promise<Explanation | null> => {
  const stored = await getRollout(db, id)
  if (stored === null) return null
  const rejected = (await listRejections(db)).some(({ digest }) => digest === stored.rollout.plan.candidateArtifact)
  const measurement = (await getMeasurements(db, [id])).get(id) ?? null
  const sources = seenSources(stored.rollout.plan, (await getSourceStates(db, [id])).get(id))
  const transitions = await transitionsAfter(db, { after: 0, rollout: id, limit: longestTimeline })
  return explanationView(stored, { measurement, sources, rejected, transitions })
}
