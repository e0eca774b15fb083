// Whether something keeps this machine's clock right, where systemd can say.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const patienceMs = 500

/** Null where nobody can be asked. */
export const isClockSynchronised = async (): Promise<boolean | null> => {
  try {
    const asked = ['show', '--property=NTPSynchronized', '--value']
    const { stdout } = await promisify(execFile)('timedatectl', asked, { timeout: patienceMs })
    const said = stdout.trim()
    return said === 'yes' || said === 'no' ? said === 'yes' : null
  } catch {
    return null // no such program, or no systemd that it could ask
  }
}
