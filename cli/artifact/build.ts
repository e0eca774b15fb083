// Runs the build of humdrum.yaml where the user is. Its output goes to stderr as it comes; stdout stays for the answer.
import { spawn } from 'node:child_process'
import process from 'node:process'
import { FaultError } from '@humdrum/core/errors.ts'

/** Milliseconds that it took. Fails with HD3001. */
export const runBuild = async (command: string, folder: string): Promise<number> => {
  const started = performance.now()
  // A build runs the code of everybody it depends on: none of them needs the key to the server.
  const { HUMDRUM_TOKEN: _, ...variables } = process.env
  const child = spawn('sh', ['-c', command], { cwd: folder, env: variables, stdio: ['inherit', 2, 2] })
  const { promise, resolve, reject } = Promise.withResolvers<string | null>()
  child.on('error', reject)
  child.on('exit', (code, signal) => {
    resolve(code === 0 ? null : signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`)
  })
  const failure = await promise.catch((cause: unknown) => {
    throw new FaultError({ code: 'HD3001', reason: `"${command}" could not be started` }, { cause })
  })
  if (failure !== null) throw new FaultError({ code: 'HD3001', reason: `"${command}" ${failure}` })
  return performance.now() - started
}
