// The requests that are being answered, so that long ones end when their client is gone and all of them when the server
// ends. Knows nothing of what they are about.
import type { ServerResponse } from 'node:http'

export type RequestsUnderWay = {
  /** Aborted when the answer is out, when the client is gone, or when everything is ended. */
  open(response: ServerResponse): AbortSignal
  endAll(): void
}

export const createRequestsUnderWay = (): RequestsUnderWay => {
  const controllers = new Set<AbortController>()
  let isEnding = false
  return {
    open: (response) => {
      const controller = new AbortController()
      controllers.add(controller)
      response.once('close', () => {
        controllers.delete(controller)
        controller.abort()
      })
      if (isEnding || response.destroyed) controller.abort()
      return controller.signal
    },
    endAll: () => {
      isEnding = true
      for (const controller of controllers) controller.abort()
    },
  }
}
