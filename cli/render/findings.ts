// What a look over a server found, as people read it: what is broken first, with what to do. Pure.
import { visible } from '@humdrum/contract/config/problem.ts'
import type { Finding } from '@humdrum/core/doctor/finding.ts'
import { createColors } from 'picocolors'
import { count } from './words.ts'

const order = ['broken', 'look', 'ok'] as const

export const renderFindings = (findings: readonly Finding[], { colours }: { readonly colours: boolean }): string => {
  const paint = createColors(colours)
  const painted = { broken: paint.red('broken'), look: paint.yellow('look  '), ok: paint.green('ok    ') } as const
  const width = Math.max(...findings.map((finding) => nameOf(finding).length))
  const lines = order
    .flatMap((verdict) => findings.filter((finding) => finding.verdict === verdict))
    .flatMap((finding) => [
      `${painted[finding.verdict]}  ${nameOf(finding).padEnd(width)}  ${visible(finding.says)}`,
      ...(finding.next === null ? [] : [`${' '.repeat(width + 10)}${visible(finding.next)}`]),
    ])
  return `${lines.join('\n')}\n\n${verdictWords(findings)}\n`
}

const nameOf = ({ id, of }: Finding): string => (of === null ? id : `${id} ${of}`)

const verdictWords = (findings: readonly Finding[]): string => {
  const of = (verdict: Finding['verdict']): number => findings.filter((finding) => finding.verdict === verdict).length
  const parts = [
    ...(of('broken') === 0 ? [] : [`${of('broken')} broken`]),
    ...(of('look') === 0 ? [] : [`${of('look')} to look at`]),
  ]
  return parts.length === 0 ? `all of ${count(findings.length, 'check')} are well` : parts.join(', ')
}
