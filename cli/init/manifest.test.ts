import { expect, test } from 'vitest'
import { parseManifest } from './manifest.ts'

test('reads what tells how an app is built and started', () => {
  const text = JSON.stringify({
    name: '@acme/shop',
    main: 'server.js',
    scripts: { start: ' node server.js ', build: 7, test: '' },
    dependencies: { fastify: '5' },
    devDependencies: { vitest: '5' },
  })
  expect(parseManifest(text)).toEqual({
    name: '@acme/shop',
    main: 'server.js',
    scripts: { start: 'node server.js' },
    dependencies: ['fastify'],
  })
})

test.for(['', '{', '[]', 'null', '7', '"shop"'])('takes nothing from what is no package.json: %s', (text) => {
  expect(parseManifest(text)).toBeNull()
})

test.for([{ name: 7 }, { scripts: [] }, { dependencies: 'all' }, {}])(
  'reads on where a field has another form: %j',
  (given) => {
    expect(parseManifest(JSON.stringify(given))).toEqual({ name: null, main: null, scripts: {}, dependencies: [] })
  },
)
