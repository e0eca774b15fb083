// What would happen, and how the server is: asked by people before they do something. Both change nothing.
import { parseConfigValue } from '@humdrum/contract/config/parse.ts'
import { previewDeploy } from '../delivery/preview.ts'
import { examine } from '../doctor/examine.ts'
import type { Handlers } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { granted } from './problem.ts'

export const createForesight = ({
  delivery,
  measured,
  doctor,
}: Pick<HttpParts, 'delivery' | 'measured' | 'doctor'>): Pick<Handlers, 'plan' | 'doctor'> => ({
  plan: async ({ body }) => {
    const config = granted(parseConfigValue(body.config))
    return granted(await previewDeploy(delivery, measured, { config, environment: body.environment }))
  },
  doctor: async () => examine(doctor),
})
