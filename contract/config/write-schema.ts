// Writes humdrum.schema.json at the root of the repository. Run it after a change of the schema:
//     node contract/config/write-schema.ts
import { writeFileSync } from 'node:fs'
import { humdrumJsonSchemaText } from './json-schema.ts'

writeFileSync(new URL('../../humdrum.schema.json', import.meta.url), humdrumJsonSchemaText())
