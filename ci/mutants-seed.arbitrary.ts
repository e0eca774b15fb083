// Property tests carry their seed in their name. Stryker looks tests up by name, run after run, and would pass over all of them if
// each run drew its own. Loaded before every test of `npm run test:mutants`.
import { fc } from '@fast-check/vitest'

fc.configureGlobal({ seed: 1 })
