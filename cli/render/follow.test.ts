import type { ServerEvent } from '@humdrum/contract/client.ts'
import { expect, test } from 'vitest'
import { exampleTrip, exampleView, progress, transition } from './example-view.ts'
import { createFollower } from './follow.ts'

const clearLine = '\r\u001b[K'

/** What a follower writes; `live` of it is what was rewritten, `kept` what stays. */
const followedOn = (isTerminal: boolean) => {
  let at = 0
  let text = ''
  const follower = createFollower({
    write: (piece) => {
      text += piece
    },
    isTerminal,
    colours: false,
    now: () => at,
    columns: () => 100,
  })
  const pieces = (): readonly string[] => text.split(/(?<=\n)|(?=\r)/)
  return {
    follower,
    play: (ms: number, ...events: readonly ServerEvent[]): void => {
      at = ms
      for (const event of events) follower.onEvent(event)
    },
    tick: (ms: number): void => {
      at = ms
      follower.tick()
    },
    kept: (): string =>
      pieces()
        .filter((piece) => piece.endsWith('\n'))
        .join('')
        .replaceAll(clearLine, ''),
    live: (): readonly string[] =>
      pieces().flatMap((piece) => (piece.endsWith('\n') || piece === clearLine ? [] : [piece.replace(clearLine, '')])),
    written: (): string => text,
  }
}

type Followed = ReturnType<typeof followedOn>

const none = { requests: 0, bad: 0 }

/** A release that is well at 1 % and bad at 10 %. */
const playTrip = ({ play, tick }: Followed): void => {
  const pending = { phase: 'Pending', step: null, generation: 1, since: 0, wantedWeight: 0, weight: 0 } as const
  const raised = { release: 'v3', role: 'candidate', instances: 2, ready: 1, restarts: 0, lastExit: null } as const
  const first = { step: 0, since: 900, generation: 3, wantedWeight: 10_000, candidate: none, stable: none, evidence: 1 }
  play(0, progress(pending))
  play(100, transition('starting 2 instances of v3', { generation: 2, at: 100, phase: 'Preparing' }))
  play(500, progress({ phase: 'Preparing', step: null, generation: 2, since: 100, releases: [raised] }))
  play(900, transition('1 % of the traffic to v3', { generation: 3, at: 900, phase: 'Progressing', step: 0 }))
  play(950, progress({ ...first, weight: 0 }))
  play(
    8_000,
    progress({ ...first, weight: 10_000, candidate: { requests: 24, bad: 0 }, stable: { requests: 2_400, bad: 2 } }),
  )
  play(10_000, transition('10 % of the traffic to v3', { generation: 4, at: 10_000, phase: 'Progressing', step: 1 }))
  play(11_000, progress({ candidate: { requests: 80, bad: 3 } }))
  tick(13_000)
  play(22_000, progress({ candidate: { requests: 121, bad: 9 }, evidence: 1_204 }))
  play(22_010, transition('going back to v2: errors', { generation: 5, at: 22_010, phase: 'RollingBack' }))
  const over = { phase: 'RolledBack', step: null, generation: 6, since: 22_200, endedAt: 22_200 } as const
  play(22_300, transition('rolled back to v2', { generation: 6, at: 22_200, phase: 'RolledBack' }))
  play(22_310, progress({ ...over, trip: exampleTrip(), rejected: true }))
}

const tripEnding = `✗ rolled back to v2, 0.31 ms after the deciding request

  v3 failed in 9 of 121 (7.4 %) of its requests, v2 in 1 of 1,089 (0.092 %): evidence 1,204 : 1 against "no worse", limit 100 : 1.
  Under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more.
  v3 is rejected: nothing deploys these bytes again until   humdrum lift 3f9a1c0e2b4d --reason "why"

  what it logged   humdrum logs shop --release v3
  ship a fix       humdrum deploy production

`

test('keeps a line of every stage on a terminal', () => {
  const followed = followedOn(true)
  playTrip(followed)
  expect(followed.kept()).toBe(
    `✓ preflight   way back checked: v2 is present and verified. Not checked: queues
✓ candidate   2 of 2 ready in 800 ms
✓ 1 %         0:09     errors 0 of 24 (0 %)     vs 0.083 %  evidence 1 : 1  (rolls back at 100)
● 10 %        0:12     errors 9 of 121 (7.4 %)  vs 0.092 %  evidence 1,204 : 1  (rolls back at 100)
${tripEnding}`,
  )
})

test('rewrites one line on a terminal while a stage goes on', () => {
  const followed = followedOn(true)
  playTrip(followed)
  expect(followed.live()).toEqual([
    '● artifact    is placed and verified  0:00',
    '● candidate   1 of 2 ready  0:00',
    '● 1 %         0:00     no request yet                       evidence 1 : 1  (rolls back at 100)  th',
    '● 1 %         0:07     errors 0 of 24 (0 %)     vs 0.083 %  evidence 1 : 1  (rolls back at 100)',
    '● 10 %        0:01     errors 3 of 80 (3.8 %)   vs 0.092 %  evidence 0.62 : 1  (rolls back at 100)',
    '● 10 %        0:03     errors 3 of 80 (3.8 %)   vs 0.092 %  evidence 0.62 : 1  (rolls back at 100)',
    '● 10 %        0:12     errors 9 of 121 (7.4 %)  vs 0.092 %  evidence 1,204 : 1  (rolls back at 100)',
  ])
})

test('writes a line per change on a pipe, and moves no cursor', () => {
  const followed = followedOn(false)
  playTrip(followed)
  expect(followed.written()).toBe(
    `✓ preflight   way back checked: v2 is present and verified. Not checked: queues
· starting 2 instances of v3
✓ candidate   2 of 2 ready in 800 ms
· 1 % of the traffic to v3
● 1 %         0:07     errors 0 of 24 (0 %)     vs 0.083 %  evidence 1 : 1  (rolls back at 100)
✓ 1 %         0:09     errors 0 of 24 (0 %)     vs 0.083 %  evidence 1 : 1  (rolls back at 100)
· 10 % of the traffic to v3
● 10 %        0:12     errors 9 of 121 (7.4 %)  vs 0.092 %  evidence 1,204 : 1  (rolls back at 100)
● 10 %        0:12     errors 9 of 121 (7.4 %)  vs 0.092 %  evidence 1,204 : 1  (rolls back at 100)
· going back to v2: errors
${tripEnding}`,
  )
})

test('says of a stage that passed what was applied, though the last view was from before', () => {
  const followed = followedOn(false)
  followed.play(10_000, progress({ weight: 0 }))
  followed.play(12_000, transition('95 % of the traffic to v3', { generation: 5, at: 12_000, phase: 'Promoting' }))
  expect(followed.written()).toMatch(/^✓ 10 % .*\(rolls back at 100\)$/m)
})

test('says once a minute on a pipe that a stage without any change still goes on', () => {
  const followed = followedOn(false)
  followed.play(10_000, progress({}))
  const before = followed.written().length
  for (let second = 11; second <= 131; second += 1) followed.tick(second * 1_000)
  const lines = followed.written().slice(before).trimEnd().split('\n')
  expect(lines.map((line) => line.slice(0, 20).trimEnd())).toEqual(['● 10 %        1:00', '● 10 %        2:00'])
})

test('takes no notice of an answer that a transition overtook', () => {
  const followed = followedOn(true)
  followed.play(0, progress({ generation: 4 }))
  followed.play(100, transition('v3 is stable', { generation: 9, at: 100, phase: 'Succeeded' }))
  const before = followed.written()
  followed.play(200, progress({ generation: 5, candidate: { requests: 999, bad: 99 } }))
  expect(followed.written()).toBe(before)
})

test('tells an ending once, and again after a person let it go on', () => {
  const followed = followedOn(false)
  const paused = { phase: 'Paused', reason: 'ada paused it', generation: 5, since: 20_000 } as const
  followed.play(20_000, progress(paused), progress(paused))
  followed.play(30_000, progress({ generation: 6, since: 30_000 }))
  followed.play(40_000, progress({ ...paused, generation: 7, since: 40_000 }))
  expect(followed.written().match(/! paused with 10 % to v3/g)).toHaveLength(2)
})

test('says that the first release has nothing to go back to', () => {
  const followed = followedOn(false)
  followed.play(0, progress({ phase: 'Pending', from: null, wayBack: null, step: null, since: 0 }))
  expect(followed.written()).toBe('✓ preflight   first release here: nothing to go back to\n')
})

test('begins anew with another rollout', () => {
  const followed = followedOn(false)
  followed.play(0, progress({}))
  followed.play(0, { kind: 'progress', rollout: exampleView({ id: 'r-43', generation: 1 }) })
  expect(followed.written().match(/preflight/g)).toHaveLength(2)
})

test('says words of its own between the lines of the rollout', () => {
  const followed = followedOn(true)
  followed.play(10_000, progress({}))
  followed.follower.say('the server went away')
  expect(followed.kept()).toMatch(/the server went away\n$/)
})
