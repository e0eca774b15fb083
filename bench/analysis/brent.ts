// Brent's root finder (Algorithms for Minimization without Derivatives, 1973, chapter 4). Here for one reason: where it stops
// short of a jump is part of what Kayenta says, so bisection would not be Kayenta.

type Bracket = {
  readonly f: (at: number) => number
  /** f has different signs at the two. */
  readonly from: number
  readonly to: number
  readonly accuracy: number
}

/** A place at most `accuracy` from a change of sign; of the two sides that at which |f| is smaller. */
export const rootOf = ({ f, from, to, accuracy }: Bracket): number => {
  let [a, b, fa, fb] = [from, to, f(from), f(to)]
  let [c, fc, step, last] = [a, fa, b - a, b - a]
  for (;;) {
    if (Math.abs(fc) < Math.abs(fb)) [a, b, c, fa, fb, fc] = [b, c, b, fb, fc, fb]
    const half = (c - b) / 2
    if (Math.abs(half) <= accuracy || fb === 0) return b
    const next = interpolated({ a, b, c, fa, fb, fc })
    const useful = Math.abs(last) >= accuracy && Math.abs(fa) > Math.abs(fb) && isInside(next, { half, last, accuracy })
    last = useful ? step : half
    step = useful ? next : half
    a = b
    fa = fb
    b += Math.abs(step) > accuracy ? step : Math.sign(half) * accuracy
    fb = f(b)
    if (fb > 0 === fc > 0) {
      c = a
      fc = fa
      step = b - a
      last = step
    }
  }
}

type Points = Readonly<Record<'a' | 'b' | 'c' | 'fa' | 'fb' | 'fc', number>>

/** The step from b by a secant where two points are known, else by inverse quadratic interpolation. */
const interpolated = ({ a, b, c, fa, fb, fc }: Points): number => {
  const s = fb / fa
  if (a === c) return ((c - b) * s) / (s - 1)
  const [q, r] = [fa / fc, fb / fc]
  return (-s * ((c - b) * q * (q - r) - (b - a) * (r - 1))) / ((q - 1) * (r - 1) * (s - 1)) || 0
}

const isInside = (step: number, { half, last, accuracy }: Readonly<Record<'half' | 'last' | 'accuracy', number>>) =>
  step * Math.sign(half) > 0 && Math.abs(step) < Math.min(1.5 * Math.abs(half) - accuracy / 2, Math.abs(last) / 2)
