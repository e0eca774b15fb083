// How tests are run against mutants (npm run test:mutants): only those of the file that is mutated, which ci/mutants.ts names. A
// mutant that only a test elsewhere would notice is one that the file's own tests let pass.
import process from 'node:process'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: (process.env['MUTANTS_TESTS'] ?? '').split(',').filter((file) => file !== ''),
    setupFiles: ['./ci/mutants-seed.arbitrary.ts'],
    testTimeout: 600_000, // a file that counts which of its mutants are reached is slow; a mutant has a time of its own
  },
})
