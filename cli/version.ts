// The version of this command line, which all rooms share.
import manifest from './package.json' with { type: 'json' }

export const version: string = manifest.version
