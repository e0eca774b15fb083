// Which environment a command works on, and what it says when it cannot know.
import { expect, test } from 'vitest'
import { chooseEnvironment, findEnvironment } from './choose-environment.ts'
import { type ParsedConfig, parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'

const parsed = (names: readonly string[]): ParsedConfig => {
  const text = `version: 1\napp: shop\nrun: { command: x }\nenvironments:\n${names.map((name) => `  ${name}: {}\n`).join('')}`
  const file = parseConfig(text, 'humdrum.yaml')
  if (!file.ok) throw new Error(file.problems.map(renderProblem).join('\n'))
  return file
}
const answer = (names: readonly string[], wanted?: string): string => {
  const choice = chooseEnvironment(parsed(names), wanted)
  return choice.ok ? choice.environment.name : renderProblem(choice.problem)
}

test('takes the one that is named, or the only one', () => {
  expect(answer(['staging', 'production'], 'production')).toBe('production')
  expect(answer(['production'])).toBe('production')
})

test('suggests the nearest and lists them all', () => {
  expect(answer(['staging', 'production'], 'prod')).toMatchInlineSnapshot(`
    "humdrum.yaml:5:3  unknown environment "prod"  [HD2104]
      did you mean "production"?  (this file has: staging, production)"
  `)
  expect(answer(['staging', 'production'], 'eu\u001B[2J')).toMatchInlineSnapshot(`
    "humdrum.yaml:5:3  unknown environment "eu\\u001b[2J"  [HD2104]
      this file has: staging, production"
  `)
})

test('asks which one where there are several', () => {
  expect(answer(['staging', 'production'])).toMatchInlineSnapshot(`
    "humdrum.yaml:5:3  several environments, and none was named  [HD2105]
      this file has: staging, production"
  `)
})

test('does not take what every object has for an environment', () => {
  const { config } = parsed(['production'])
  for (const name of ['constructor', 'toString', '__proto__', ''])
    expect(findEnvironment(config, name), name).toBeNull()
  expect(findEnvironment(parsed(['constructor']).config, 'constructor')?.name).toBe('constructor')
})
