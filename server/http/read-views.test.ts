import { expect, test } from 'vitest'
import { deployed, enter, startHttp } from './started-http.ts'

test('explains a rollout in words, with what happened in order, and nothing of another one', async () => {
  await using http = await startHttp()
  const first = await deployed(http.client, 'one')
  await enter(http.store, first.number, { phase: 'Succeeded' })
  const second = await deployed(http.client, 'two')
  await enter(http.store, second.number, {
    phase: 'RollingBack',
    cause: { kind: 'abort', actor: 'ada', reason: 'late' },
  })
  const explanation = await http.client.explain(`r-${second.number}`)
  expect(explanation.title).toBe(`r-${second.number}  shop → production  RollingBack`)
  expect(explanation.sections.map(({ heading }) => heading)).toEqual([
    'what was asked for',
    'the way back',
    'the verdict',
    'where it is',
  ])
  expect(explanation.sections.at(-1)?.lines).toEqual(['going back to v1: ada aborted it: late'])
  expect(explanation.timeline.map(({ text }) => text)).toEqual([
    expect.stringContaining('v2 accepted'),
    'going back to v1: ada aborted it: late',
  ])
  expect(explanation.rollout).toMatchObject({ id: `r-${second.number}`, release: 'v2' })
})

test.each(['r-9', '9', 'v1', 'r-0', '%2e'])('an unknown rollout is told as that: %s', async (name) => {
  await using http = await startHttp()
  const answer = await http.fetch(`/v1/rollouts/${name}/explain`)
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ code: 'HD4003' })
})
