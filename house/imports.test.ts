import { expect, test } from 'vitest'
import {
  adaptersAreNoSiblings,
  coreDependsOnNothing,
  httpAndEngineMeetInTheStore,
  importsOf,
  noCircles,
  roomsKeepTheirWalls,
  testToolsStayInTests,
} from './imports.ts'
import type { Rule, SourceFile } from './source.ts'

const file = (path: string, text = ''): SourceFile => ({ path, text })
const broken = (rule: Rule, ...files: readonly SourceFile[]): readonly string[] =>
  rule(files).map(({ path, line, what }) => `${path}:${line ?? ''} ${what}`)

test('sees every way to import, and none in texts and comments', () => {
  const text = [
    `import { a } from './a.ts'`,
    `import type { B } from './b.ts'`,
    `export * from './c.ts'`,
    `export type { D } from './d.ts'`,
    `const e = () => import('./e.ts')`,
    `type F = import('./f.ts').F`,
    `import './g.ts'`,
    `// import './comment.ts'`,
    "const text = `import './template.ts'`",
  ].join('\n')
  expect(importsOf(file('core/x/all.ts', text)).map(({ to, line }) => `${to}:${line}`)).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => `core/x/${name}.ts:${index + 1}`),
  )
})

test('finds a circle, also one that only types close', () => {
  const circle = broken(
    noCircles,
    file('core/a.ts', `import { b } from './deep/b.ts'`),
    file('core/deep/b.ts', `export * from '../c.ts'`),
    file('core/c.ts', `import type { A } from './a.ts'`),
    file('core/d.ts', `import { a } from './a.ts'`),
  )
  expect(circle).toEqual(['core/a.ts: imports itself: core/a.ts → core/deep/b.ts → core/c.ts → core/a.ts'])
})

test('finds a circle between rooms, and a file that imports itself', () => {
  expect(
    broken(
      noCircles,
      file('core/a.ts', `import { b } from '@humdrum/contract/b.ts'`),
      file('contract/b.ts', `import { a } from '@humdrum/core/a.ts'`),
      file('edge/own.ts', `import './own.ts'`),
    ),
  ).toHaveLength(2)
})

test('takes a tree without circles, also where two ways lead to one file', () => {
  const diamond = [
    file('core/a.ts', `import './b.ts'\nimport './c.ts'`),
    file('core/b.ts', `import './d.ts'`),
    file('core/c.ts', `import './d.ts'`),
    file('core/d.ts'),
  ]
  expect(broken(noCircles, ...diamond)).toEqual([])
})

test.for([
  ['core/a.ts', '@humdrum/contract/api.ts'],
  ['contract/a.ts', '@humdrum/server/main.ts'],
  ['providers/a.ts', '@humdrum/server/main.ts'],
  ['edge/a.ts', '@humdrum/providers/catalog.ts'],
  ['server/a.ts', '@humdrum/edge/main.ts'],
  ['cli/a.ts', '@humdrum/providers/catalog.ts'],
  ['cli/a.ts', '@humdrum/server/main.ts'],
  ['portal/a.ts', '@humdrum/server/main.ts'],
  ['sim/a.ts', '@humdrum/portal/page.ts'],
  ['server/a.ts', '@humdrum/sim/world.ts'],
  ['sim/a.ts', '@humdrum/bench/judge.ts'],
  ['server/a.test.ts', '@humdrum/demo/main.ts'],
  ['core/a.test.ts', '@humdrum/contract/api.ts'],
  ['attic/a.ts', '@humdrum/core/ids.ts'],
])('%s may not import %s', ([path, other]) => {
  expect(broken(roomsKeepTheirWalls, file(path ?? '', `\nimport type { X } from '${other}'`))).toEqual([
    `${path}:2 imports '${other}'`,
  ])
})

test.for([
  ['contract/a.ts', '@humdrum/core/ids.ts'],
  ['server/http/a.ts', '@humdrum/providers/catalog.ts'],
  ['edge/a.test.ts', '@humdrum/sim/world.ts'],
  ['core/a.test.ts', '@humdrum/sim/arbitraries.ts'],
  ['sim/a.ts', '@humdrum/server/main.ts'],
  ['demo/a.ts', '@humdrum/bench/judge.ts'],
  ['cli/a.ts', 'commander'],
  ['house.test.ts', './house/size.ts'],
])('%s may import %s', ([path, other]) => {
  expect(broken(roomsKeepTheirWalls, file(path ?? '', `import '${other}'`))).toEqual([])
})

test('another room is imported by its name, the own one by a path', () => {
  expect(broken(roomsKeepTheirWalls, file('contract/a.ts', `import '../core/ids.ts'`))).toHaveLength(1)
  expect(broken(roomsKeepTheirWalls, file('core/a.ts', `import '@humdrum/core/ids.ts'`))).toHaveLength(1)
})

test('core takes no package and nothing of Node; its tests take test tools', () => {
  expect(broken(coreDependsOnNothing, file('core/a.ts', `import 'zod'`))).toHaveLength(1)
  expect(broken(coreDependsOnNothing, file('core/a.ts', `import type { Buffer } from 'node:buffer'`))).toHaveLength(1)
  expect(broken(coreDependsOnNothing, file('core/a.test.ts', `import 'zod'`))).toHaveLength(1)
  expect(broken(coreDependsOnNothing, file('core/a.test.ts', `import 'vitest'\nimport 'fast-check'`))).toEqual([])
  expect(broken(coreDependsOnNothing, file('contract/a.ts', `import 'zod'`))).toEqual([])
})

test('test tools are for tests', () => {
  expect(broken(testToolsStayInTests, file('server/a.ts', `import 'vitest'`))).toHaveLength(1)
  expect(broken(testToolsStayInTests, file('server/a.ts', `import './a.arbitrary.ts'`))).toHaveLength(1)
  expect(broken(testToolsStayInTests, file('server/a.test.ts', `import 'vitest'\nimport './a.arbitrary.ts'`))).toEqual(
    [],
  )
})

test('http and engine do not meet, neither directly nor through a third file', () => {
  const direct = file('server/http/a.ts', `import type { Loop } from '../engine/loop.ts'`)
  const back = file('server/engine/loop.ts', `import '../http/problem.ts'`)
  expect(broken(httpAndEngineMeetInTheStore, direct, file('server/engine/loop.ts'))).toHaveLength(1)
  expect(broken(httpAndEngineMeetInTheStore, back, file('server/http/problem.ts'))).toHaveLength(1)
  const round = [
    file('server/http/a.ts', `import '../words.ts'`),
    file('server/words.ts', `import './engine/loop.ts'`),
    file('server/engine/loop.ts', `import '../store/rows.ts'`),
    file('server/store/rows.ts'),
  ]
  expect(broken(httpAndEngineMeetInTheStore, ...round)).toEqual([
    'server/http/a.ts: imports server/words.ts, which imports server/engine/loop.ts',
  ])
  const main = file('server/main.ts', `import './http/a.ts'\nimport './engine/loop.ts'`)
  expect(broken(httpAndEngineMeetInTheStore, main, ...round.slice(2), file('server/http/a.ts'))).toEqual([])
})

test('an adapter does not know its sibling, nor one of another port', () => {
  const path = 'providers/targets/process/start.ts'
  expect(broken(adaptersAreNoSiblings, file(path, `import '../container/start.ts'`))).toHaveLength(1)
  expect(broken(adaptersAreNoSiblings, file(path, `import '../../routers/edge/router.ts'`))).toHaveLength(1)
  expect(broken(adaptersAreNoSiblings, file(path, `import '../../process-identity.ts'\nimport './logs/x.ts'`))).toEqual(
    [],
  )
  expect(broken(adaptersAreNoSiblings, file('providers/catalog.ts', `import('./targets/process/start.ts')`))).toEqual(
    [],
  )
})
