import { expect, test } from 'vitest'
import { config, deployed, enter, startHttp } from './started-http.ts'

test('a plan is answered with the refusals that a deploy would meet', async () => {
  await using http = await startHttp({}, { missingVariables: () => ['KEY'] })
  const plan = await http.client.plan({ config })
  expect(plan).toMatchObject({ app: 'shop', environment: 'production', stable: null })
  expect(plan.refusals).toMatchObject([{ code: 'HD4103', detail: expect.stringContaining('KEY') }])
})

test('an environment or a file that is wrong is refused as by a deploy', async () => {
  await using http = await startHttp()
  await expect(http.client.plan({ config, environment: 'prod' })).rejects.toMatchObject({ fault: { code: 'HD2104' } })
  await expect(http.client.plan({ config: { version: 2 } })).rejects.toMatchObject({ fault: { code: 'HD2003' } })
})

test('a look over the server finds what serves, and what the edge does not know', async () => {
  await using http = await startHttp()
  const { number } = await deployed(http.client)
  await enter(http.store, number, { phase: 'Succeeded' })
  const { server, findings } = await http.client.doctor(AbortSignal.timeout(5_000))
  expect(server.version).toBe('0.1.0')
  expect(findings.find(({ id }) => id === 'edge.agrees')).toMatchObject({ verdict: 'look', of: 'shop/production' })
})
