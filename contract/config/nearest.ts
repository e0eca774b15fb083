// Which of the words that would be right somebody most likely meant.

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
export const editDistance = (from: string, to: string): number => {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped && column > 1 && row > 1 ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[beforeLast, last] = [last, current]
  }
  return last[to.length] ?? 0
}

const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, '')

/** The closest candidate, or null when none is close: about one edit per three letters, or one begins with the other. */
export const nearest = (word: string, candidates: readonly string[]): string | null => {
  // Longer ones are no slip of the finger, and the work grows with the length.
  if (word.length > 60) return null
  const wanted = plain(word)
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((left, right) => left.distance - right.distance)
  return ranked[0]?.candidate ?? null
}

const distanceTo = (wanted: string, candidate: string): number => {
  const shorter = wanted.length < candidate.length ? wanted : candidate
  const longer = shorter === wanted ? candidate : wanted
  const prefix = shorter.length >= 3 && longer.startsWith(shorter) ? 1 : Number.POSITIVE_INFINITY
  return Math.min(editDistance(wanted, candidate), prefix)
}
