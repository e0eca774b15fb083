// Observations: begun, listed, told, ended. What they come to is read elsewhere; here it is only shown.
import { parseObservationId } from '@humdrum/contract/config/names.ts'
import { parseConfigValue } from '@humdrum/contract/config/parse.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import { observationName } from '@humdrum/core/ids.ts'
import type { Observation } from '@humdrum/core/observation/observation.ts'
import { observationStory } from '@humdrum/core/observation/story.ts'
import { observe } from '../observations/begin.ts'
import { endObservation, getObservation, newestObservations } from '../store/observations.ts'
import type { Handlers } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { granted, refuse } from './problem.ts'
import { observationView } from './verdict-views.ts'

type ObservationHandlers = Pick<Handlers, 'observe' | 'listObservations' | 'explainObservation' | 'stopObservation'>

export const createObservations = ({ store, delivery }: HttpParts): ObservationHandlers => {
  const { now } = delivery
  const named = async (name: string): Promise<Observation> => {
    const id = parseObservationId(name)
    const found = id === null ? null : await getObservation(store.db, id)
    return found ?? refuse('HD6101', quoted(name))
  }
  return {
    observe: async ({ body: { config: written, ...asked }, actor }) => {
      const config = granted(parseConfigValue(written))
      const { environment, candidate, stable, forMs } = asked
      const id = granted(await observe(delivery, { config, environment, candidate, stable, forMs, actor }))
      return observationView(await named(observationName(id)), now())
    },
    listObservations: async () => ({
      observations: (await newestObservations(store.db)).map((one) => observationView(one, now())),
    }),
    explainObservation: async ({ parameters }) => {
      const observation = await named(parameters.id)
      const { scope, candidate } = observation
      return {
        title: `${parameters.id}  ${scope.app} → ${scope.environment}  ${candidate}, observed`,
        sections: observationStory(observation, now()).map(({ heading, lines }) => ({ heading, lines: [...lines] })),
        observation: observationView(observation, now()),
      }
    },
    stopObservation: async ({ parameters, actor }) => {
      const observation = await named(parameters.id)
      const isEnded = await endObservation(store.db, observation, { kind: 'stopped', actor, at: now() })
      if (isEnded) store.changed()
      return observationView(await named(parameters.id), now())
    },
  }
}
