// Writes what is made from the code: docs/cli.md, docs/humdrum-yaml.md and humdrum.schema.json. `npm run docs`, after a
// change of a command or of a key.
import { writeFileSync } from 'node:fs'
import { generatedFiles } from './generated-files.ts'

for (const [path, text] of generatedFiles()) writeFileSync(new URL(`../../${path}`, import.meta.url), text)
