// Where a monotone condition flips, to the last bit of a double. Knows nothing of what is asked.

/** Halvings that take any interval of doubles to two neighbours, near zero too. */
const enough = 2_200

/** The last point, coming from `from`, at which `holds` is still true; it is true at `from` and false at `to`. */
export const lastHolding = (from: number, to: number, holds: (point: number) => boolean): number => {
  let [inside, outside] = [from, to]
  for (let turn = 0; turn < enough; turn += 1) {
    const middle = inside + (outside - inside) / 2
    if (middle === inside || middle === outside) return inside
    if (holds(middle)) inside = middle
    else outside = middle
  }
  return inside
}
