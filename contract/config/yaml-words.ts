// What a person is told about a mistake that the YAML parser found, in place of the parser's own terms.
import type { YAMLError } from 'yaml'
import { visible } from './problem.ts'
import type { Sentence } from './sentences.ts'

const words: Readonly<Partial<Record<YAMLError['code'], Sentence>>> = {
  TAB_AS_INDENT: { says: 'a tab indents this line', hint: 'indent with spaces' },
  MULTIPLE_DOCS: { says: 'a second document begins here', hint: 'take the line --- out: the file is one document' },
  MULTILINE_IMPLICIT_KEY: { says: 'this line has no colon after its key', hint: 'write key: value' },
  NON_STRING_KEY: { says: 'a key must be a plain word' },
  BAD_INDENT: {
    says: 'this line is not indented as its neighbours are',
    hint: 'keys of one mapping begin in the same column',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    says: 'a second key on the same line',
    hint: 'put it on a line of its own, or put the value in quotes if it contains a colon',
  },
  BAD_SCALAR_START: { says: 'a value cannot begin with this character', hint: 'put the value in quotes' },
  BAD_DQ_ESCAPE: {
    says: 'this escape is not known in double quotes',
    hint: 'write \\\\ for a backslash, or use single quotes',
  },
  UNEXPECTED_TOKEN: {
    says: 'something stands here that does not belong here',
    hint: 'put the value in quotes if it is part of it',
  },
  TAG_RESOLVE_FAILED: { says: 'this tag is not known', hint: 'put the value in quotes if ! belongs to it' },
  RESOURCE_EXHAUSTION: { says: 'the nesting is too deep to be read' },
}

const bareReference: Sentence = {
  says: 'a reference inside braces needs quotes',
  hint: `write "$${'{env:NAME}'}"`,
}

/** The sentence for one mistake; `text` is the whole file. */
export const yamlSentence = ({ code, message, pos }: YAMLError, text: string): Sentence => {
  if (code === 'UNEXPECTED_TOKEN' && /^\$\{env:/.test(text.slice(pos[0] - 1, pos[0] + 5))) return bareReference
  if (code === 'MISSING_CHAR' && message.startsWith('Missing closing'))
    return { says: 'a quote before this place is not closed' }
  if (code === 'BAD_INDENT' && message.startsWith('Flow')) return { says: 'a bracket before this place is not closed' }
  return words[code] ?? { says: `${message.charAt(0).toLowerCase()}${visible(message.slice(1))}` }
}
