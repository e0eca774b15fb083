// What a machine reads with --json, of every command that has it: keys and kinds of values, compared with the files of
// cli/golden/. A shape that changed on purpose is written anew by   npm test -- cli/json-shapes -u
import { rolloutViewSchema } from '@humdrum/contract/api.ts'
import { doctorViewSchema } from '@humdrum/contract/doctor-view.ts'
import { planViewSchema } from '@humdrum/contract/plan-view.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { capturedTerminal } from './captured-terminal.ts'
import type { Outline } from './program/outline.ts'
import { outlineOf } from './program/outline.ts'
import { createProgram } from './program/program.ts'
import type { ServedApp } from './served-app.ts'
import { serveApp } from './served-app.ts'
import type { Answer } from './test-place.ts'
import { testPlace } from './test-place.ts'

/** How a command is called, and what there must be for it. What is not here is called by its name alone. */
type Scene = {
  readonly line?: string
  readonly needs?: 'a rollout under way' | 'a paused rollout' | 'an aborted rollout' | 'a rejection'
}

const scenes: Readonly<Record<string, Scene>> = {
  init: { line: 'init ..' },
  observe: { line: 'observe --file ../observed.yaml --candidate v2 --stable v1' },
  analyze: { line: 'analyze --from ../counts.csv' },
  deploy: { line: 'deploy --wait' },
  logs: { line: 'logs --tail 5' },
  pause: { needs: 'a rollout under way' },
  resume: { needs: 'a paused rollout' },
  promote: { needs: 'a rollout under way' },
  abort: { needs: 'a rollout under way' },
  retry: { line: 'retry', needs: 'an aborted rollout' },
  lift: { line: 'lift DIGEST --reason enough', needs: 'a rejection' },
  rollback: { line: 'rollback --wait --to v2 --reason enough' },
}

const program = createProgram({ terminal: capturedTerminal(), run: async () => {} })
const forMachines = outlineOf(program).filter(({ options }) => options.some(({ names }) => names.includes('--json')))

/** Commands without a scene come first: they find v2 over v1, and nothing under way. */
const inOrder = forMachines.toSorted((one, other) => placeOf(one) - placeOf(other))

function placeOf({ path }: Outline): number {
  return Object.keys(scenes).indexOf(path.join(' '))
}

/** What has a name of its own: which of its values are null depends on the moment and the machine. */
const named = {
  Rollout: rolloutViewSchema,
  Plan: planViewSchema,
  Finding: doctorViewSchema.shape.findings.element,
} as const

let app: ServedApp
beforeAll(async () => {
  app = await serveApp()
}, 60_000)
afterAll(() => app[Symbol.asyncDispose]())

/** The digest that a person left for an older one, where a rejection is needed. */
const prepare = async (needs: Scene['needs']): Promise<string> => {
  if (needs === undefined || needs === 'a rejection') await app.settle()
  else await app.keepUnderWay()
  if (needs === 'an aborted rollout') await app.settle()
  if (needs === 'a paused rollout') await app.run('pause')
  if (needs !== 'a rejection') return ''
  const client = app.client()
  const { stable } = (await client.status()).environments[0] ?? { stable: null }
  const { rollouts } = await client.listRollouts()
  await app.run('rollback --wait')
  return rollouts.find(({ release }) => release === stable)?.artifact.slice(7, 19) ?? ''
}

const lineOf = ({ path, arguments: asked, usage }: Outline): string => {
  const words = asked.filter(({ name }) => usage.includes(`<${name}>`) || name === 'rollout')
  return (
    scenes[path.join(' ')]?.line ?? [...path, ...words.map(({ name }) => (name === 'rollout' ? 'r-2' : name))].join(' ')
  )
}

test.for(inOrder)('humdrum $usage --json answers in its shape', async (outline) => {
  const name = outline.path.join(' ')
  const line = lineOf(outline)
  const digest = await prepare(scenes[name]?.needs)
  const answer = await app.run(`${line.replace('DIGEST', digest)} --json`)
  expect(answer, `give ${name} a scene above in which it ends well`).toMatchObject({ code: 0 })
  await expectShape(outline.path.join('-'), `humdrum ${line} --json`, answer)
})

test('a failure answers in one shape', async () => {
  await using place = testPlace()
  await expectShape('error', 'humdrum status --json', await place.run('status --json'))
})

test('a humdrum.yaml that is wrong answers with all that is', async () => {
  await using place = testPlace({ 'humdrum.yaml': 'version: 2\napp: Shop\n' })
  await expectShape('problems', 'humdrum validate --json', await place.run('validate --json'))
})

test.for(Object.entries(named))('what they call a %s has the shape of the contract', async ([name, schema]) => {
  await expect(pretty(schema.toJSONSchema())).toMatchFileSnapshot(`golden/shapes/${name.toLowerCase()}.json`)
})

const expectShape = async (file: string, command: string, answer: Answer): Promise<void> => {
  expect(answer.out + answer.err).not.toContain('\u001b')
  // Several lines are objects of one shape: an entry of a log each.
  const lines = answer.out.trimEnd().split('\n')
  const shape = lines.map((line) => shapeOf(JSON.parse(line))).reduce(merged)
  await expect(pretty({ command, exit: answer.code, answer: shape })).toMatchFileSnapshot(`golden/${file}.json`)
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const shapeOf = (value: unknown): unknown => {
  const name = Object.entries(named).find(([, schema]) => schema.strict().safeParse(value).success)?.[0]
  if (name !== undefined) return name
  if (Array.isArray(value)) return value.length === 0 ? [] : [value.map(shapeOf).reduce(merged)]
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

const merged = (one: unknown, other: unknown): unknown => {
  if (JSON.stringify(one) === JSON.stringify(other)) return one
  return [...new Set([one, other].flat().map((shape) => JSON.stringify(shape)))]
    .sort()
    .map((shape) => JSON.parse(shape))
}
