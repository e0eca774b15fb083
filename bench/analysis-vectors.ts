// `analysis-vectors FILE`: holds the engines of core/analysis against a file of golden vectors. Exit 0 when every check
// holds, 1 when one fails, 2 when the file cannot be read. What is checked and how says core/analysis/engines/golden-vectors.ts.
import { readFileSync } from 'node:fs'
import type { VectorReport } from '@humdrum/core/analysis/engines/golden-vectors.ts'
import { checkVectors } from '@humdrum/core/analysis/engines/golden-vectors.ts'

const told = (value: unknown): string => (value === null ? 'null (infinity)' : String(value))

const print = ({ checks, failures, skipped }: VectorReport): void => {
  for (const { name, leaf, expected, got } of failures) {
    process.stdout.write(`${name}/${leaf}: expected ${told(expected)}, got ${told(got)}\n`)
  }
  const left = [...skipped].map(([engine, count]) => `${engine} ${count}`).join(', ')
  if (left !== '') process.stdout.write(`skipped, not known here: ${left}\n`)
  process.stdout.write(`${checks} checks, ${failures.length} failures\n`)
}

const main = (file: string | undefined): number => {
  if (file === undefined) {
    process.stderr.write('which file? analysis-vectors FILE\n')
    return 2
  }
  try {
    const report = checkVectors(readFileSync(file, 'utf8'))
    print(report)
    return report.failures.length === 0 ? 0 : 1
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${file} cannot be read as a file of vectors: ${why}\n`)
    return 2
  }
}

if (import.meta.main) process.exitCode = main(process.argv[2])
