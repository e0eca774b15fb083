// Sizes as people read them. What they are sizes of is not known here.

/** `4.8 MB`, in powers of ten as disks are sold. */
export const formatBytes = (bytes: number): string => {
  const units = ['kB', 'MB', 'GB']
  let [value, unit] = [bytes, 'B']
  for (const larger of units) {
    if (value < 1_000) break
    ;[value, unit] = [value / 1_000, larger]
  }
  return `${value >= 100 || unit === 'B' ? Math.round(value) : Number(value.toPrecision(2))} ${unit}`
}
