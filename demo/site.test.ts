import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { identityOf } from '@humdrum/providers/process-identity.ts'
import { findEdge } from '@humdrum/providers/routers/edge/edge-process.ts'
import { expect, test } from 'vitest'
import { openSite } from './site.ts'

test('a site is left clean, also when its server hangs', async () => {
  const site = await openSite()
  let isClosed = false
  try {
    await site.up()
    const { server } = await site.connect().status()
    const edge = findEdge(join(site.home, 'edge'))
    expect(identityOf(edge?.pid ?? 0)).not.toBeNull()
    process.kill(server.pid, 'SIGSTOP')
    await site.close()
    isClosed = true
    expect(identityOf(server.pid)).toBeNull()
    expect(identityOf(edge?.pid ?? 0)).toBeNull()
    expect(site.folders.filter(existsSync)).toEqual([])
  } finally {
    if (!isClosed) await site.close()
  }
}, 60_000)
