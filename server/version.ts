// The version of this server, which all rooms share.
import manifest from './package.json' with { type: 'json' }

export const serverVersion: string = manifest.version
