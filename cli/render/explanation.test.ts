import type { Explanation } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { exampleTrip, exampleView } from './example-view.ts'
import { renderExplanation } from './explanation.ts'

const explanation = (given: Partial<Explanation> = {}): Explanation => ({
  title: 'r-42  shop → production  RolledBack',
  sections: [{ heading: 'the verdict', lines: ['errors: 9 of 121 failed', '  evidence 1,204 : 1'] }],
  timeline: [
    { at: Date.UTC(2026, 0, 2, 3, 4, 5), text: 'v3 accepted (asked by ada)' },
    { at: Date.UTC(2026, 0, 2, 3, 4, 17), text: 'going back to v2' },
  ],
  rollout: exampleView({ phase: 'RolledBack', trip: exampleTrip(), rejected: true }),
  ...given,
})

test('tells sections, what happened when, and what to do next', () => {
  expect(renderExplanation(explanation(), { colours: false })).toMatchInlineSnapshot(`
    "r-42  shop → production  RolledBack

    the verdict
      errors: 9 of 121 failed
        evidence 1,204 : 1

    what happened
      2026-01-02T03:04:05Z  v3 accepted (asked by ada)
                     +0:12  going back to v2

    what to do
      what it logged   humdrum logs shop --release v3
      ship a fix       humdrum deploy production
    "
  `)
})

test('leaves out what there is nothing to say of, and moves no cursor', () => {
  const rollout = exampleView({ phase: 'Progressing' })
  const words = renderExplanation(explanation({ rollout, timeline: [{ at: 0, text: 'by \u001b[31mada' }] }), {
    colours: false,
  })
  expect(words).not.toContain('what to do')
  expect(words).not.toContain('\u001b')
})
