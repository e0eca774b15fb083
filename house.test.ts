// The rules of the house, over every file of the repository. What breaks one is printed with its place and the reason;
// house/*.test.ts shows that each rule can fail.
import { expect, test } from 'vitest'
import {
  adaptersAreNoSiblings,
  coreDependsOnNothing,
  httpAndEngineMeetInTheStore,
  noCircles,
  roomsKeepTheirWalls,
  testToolsStayInTests,
} from './house/imports.ts'
import { roomsShareOneVersion } from './house/manifests.ts'
import { filesOpenWithAComment, noDefaultExports, nothingIsSilenced } from './house/manner.ts'
import { filesAreKebabCase, noAttics, wordsAreOurs } from './house/names.ts'
import {
  architectureIsShort,
  commandsExist,
  decisionsNameTheirCheck,
  hazardsNameTests,
  linksLeadSomewhere,
} from './house/papers.ts'
import { coreSeesNoClock, noPlatformInTheCore, sqlOnlyInTheStore } from './house/purity.ts'
import { filesAreShort, filesAreShortMostly, functionsFitAScreen, parametersAreFew } from './house/size.ts'
import type { Rule, Violation } from './house/source.ts'
import { isCode } from './house/source.ts'
import { readTree } from './house/tree.ts'

const rules: Readonly<Record<string, Rule>> = {
  'no file reaches itself by its imports': noCircles,
  'rooms import only whom they may': roomsKeepTheirWalls,
  'core depends on nothing': coreDependsOnNothing,
  'test tools stay in tests': testToolsStayInTests,
  'http and engine meet in the store': httpAndEngineMeetInTheStore,
  'adapters do not know each other': adaptersAreNoSiblings,
  'core sees no clock, no chance and no outside': coreSeesNoClock,
  'core and engine name no platform': noPlatformInTheCore,
  'SQL stands in server/store alone': sqlOnlyInTheStore,
  'no file is an attic': noAttics,
  'files are named in kebab-case': filesAreKebabCase,
  'one word for one thing': wordsAreOurs,
  'a file is read at a sitting': filesAreShort,
  'most files are short': filesAreShortMostly,
  'a function fits a screen': functionsFitAScreen,
  'a function takes three parameters at most': parametersAreFew,
  'a file says what it is for': filesOpenWithAComment,
  'exports have names': noDefaultExports,
  'nothing is silenced': nothingIsSilenced,
  'rooms share one version': roomsShareOneVersion,
  'links lead somewhere': linksLeadSomewhere,
  'commands in the texts exist': commandsExist,
  'hazards name tests that exist': hazardsNameTests,
  'ARCHITECTURE.md is read at a sitting': architectureIsShort,
  'decisions are short and name their check': decisionsNameTheirCheck,
}

const told = ({ path, line, what, why }: Violation): string =>
  `${path}${line === undefined ? '' : `:${line}`}  ${what}\n    ${why}`

const tree = readTree(import.meta.dirname)

test('the house sees the repository: an empty tree would break no rule', () => {
  expect(tree.filter(({ path }) => isCode(path)).map(({ path }) => path)).toContain('core/ids.ts')
})

test.for(Object.entries(rules))('%s', ([, rule]) => {
  const broken = rule(tree).map(told)
  if (broken.length > 0) expect.fail(`\n${broken.join('\n')}\n`)
})
