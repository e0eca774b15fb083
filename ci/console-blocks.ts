// The blocks of a text that people are meant to type into a shell: indented or fenced, with a command of humdrum in them.
// Transcripts and files are none. Pure.

export type Typed = { readonly place: string; readonly line: string }

export type ConsoleBlock = { readonly commands: readonly Typed[] }

type Line = { readonly number: number; readonly text: string }

export const consoleBlocks = (file: string, text: string): readonly ConsoleBlock[] =>
  blocksIn(text)
    .filter(isConsole)
    .map((block) => ({
      commands: commandsIn(block).map(({ number, text: line }) => ({ place: `${file}:${number}`, line })),
    }))
    .filter(({ commands }) => commands.some(({ line }) => /(^|[|;&] *|\s)humdrum\b/.test(line)))

const shells = new Set(['', 'console', 'sh', 'bash', 'shell'])

const blocksIn = (text: string): readonly (readonly Line[])[] => {
  const blocks: Line[][] = []
  let fence: { readonly end: RegExp; readonly lines: Line[] | null } | null = null
  let before = ''
  for (const [index, line] of text.split('\n').entries()) {
    const opening = /^\s{0,3}(```+|~~~+)\s*(\w*)/.exec(line)
    if (fence !== null) {
      if (fence.end.test(line)) fence = null
      else fence.lines?.push({ number: index + 1, text: line })
    } else if (opening !== null) {
      const lines = shells.has(opening[2] ?? '') ? [] : null
      if (lines !== null) blocks.push(lines)
      fence = { end: new RegExp(`^\\s{0,3}${opening[1]}\\s*$`), lines }
    } else if (/^( {4}|\t)/.test(line)) {
      // A paragraph may go on with any indentation; a block begins after an empty line.
      if (before.trim() === '') blocks.push([])
      blocks.at(-1)?.push({ number: index + 1, text: line.replace(/^( {4}|\t)/, '') })
    }
    before = /^( {4}|\t)/.test(before) && line.trim() === '' ? before : line
  }
  return blocks
}

const prompt = /^\$ /
const starts =
  /^(\$ |#|(humdrum|npm|npx|node|cd|mkdir|cp|mv|rm|echo|printf|cat|curl|wget|git|export|sudo|eval|ls|touch|systemctl|journalctl)( |$)|[A-Z_]+=)/

/** What begins with a command is typed; what begins with anything else was printed. */
const isConsole = (block: readonly Line[]): boolean =>
  starts.test(block.find(({ text }) => text.trim() !== '')?.text ?? '')

/** With prompts, the lines without one are what was printed. Lines that end in a backslash go on. */
const commandsIn = (block: readonly Line[]): readonly Line[] => {
  const prompted = block.some(({ text }) => prompt.test(text))
  const commands: { number: number; text: string }[] = []
  let open = false
  for (const { number, text } of block) {
    const last = commands.at(-1)
    if (open && last !== undefined) last.text += `\n${text}`
    else if (!prompted || prompt.test(text)) commands.push({ number, text: text.replace(prompt, '') })
    open = text.endsWith('\\') && (open || !prompted || prompt.test(text))
  }
  return commands
    .map(({ number, text }) => ({ number, text: text.replaceAll('\\\n', ' ').trim() }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
}
