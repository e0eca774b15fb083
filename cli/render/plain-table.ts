// Columns without lines between them: a head, and one line for every row.
import Table from 'cli-table3'
import { createColors } from 'picocolors'

export const plainTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colours: boolean,
): readonly string[] => {
  const paint = createColors(colours)
  const table = new Table({
    head: head.map((name) => paint.dim(name)),
    chars: plainChars,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  })
  for (const row of rows) table.push([...row])
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

const edgeless = ['top', 'bottom', 'mid', 'left', 'right'] as const

const joints = (side: (typeof edgeless)[number]): readonly string[] => {
  if (side === 'top' || side === 'bottom') return [`${side}-mid`, `${side}-left`, `${side}-right`]
  return side === 'mid' ? ['left-mid', 'mid-mid', 'right-mid'] : []
}

const plainChars = Object.fromEntries(
  edgeless
    .flatMap((side) => [side, ...joints(side)])
    .map((name) => [name, ''])
    .concat([['middle', '']]),
)
