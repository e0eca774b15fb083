import { expect, test } from 'vitest'
import { roomsShareOneVersion } from './manifests.ts'

const manifest = (path: string, version: string) => ({ path, text: JSON.stringify({ version }) })

test('a room with a version of its own is found; examples have their own', () => {
  const root = manifest('package.json', '1.2.0')
  const files = [root, manifest('core/package.json', '1.2.0'), manifest('edge/package.json', '1.1.0')]
  expect(roomsShareOneVersion([...files, manifest('examples/shop/package.json', '7.0.0')])).toMatchObject([
    { path: 'edge/package.json', what: 'has version 1.1.0' },
  ])
  expect(roomsShareOneVersion([root])).toEqual([])
})
