import type { CardCheck, CardHead, CardStanding } from '../models/cards/index.ts'

const OUTCOMES = {
  unreadable: 'it is no card',
  fails: 'FAILS: it would not be published',
  passes_with_warnings: 'passes, with warnings',
  passes: 'passes',
} as const

/** `card.yaml:12:5 error figure_differs: …`, the form that editors and terminals make a link of. */
export function describeCheck(source: string, { outcome, digest, findings }: CardCheck): string {
  const lines = findings.map(({ line, column, severity, code, path, words, since }) => {
    const when = since === null ? '' : ` (since ${since.slice(0, 10)})`
    return `${source}:${line}:${column} ${severity} ${code}${path === '' ? '' : ` ${path}`}: ${words}${when}`
  })
  return [...lines, `${OUTCOMES[outcome]}${digest === null ? '' : `  ${digest}`}`].join('\n')
}

export function describeHead({
  id,
  checkpoint,
  state,
  revision,
  number,
  digest,
  publishedAt,
  savedAt,
  proposed,
}: CardHead): string {
  const when =
    publishedAt === null
      ? `revision ${revision}, saved ${savedAt.slice(0, 16)}`
      : `published ${publishedAt.slice(0, 16)}`
  const filed = proposed === null || number !== null ? '' : '  filed for publication'
  return `${id}  ${checkpoint}  ${state}  ${when}${filed}\n  ${digest}`
}

export function describeRow({
  model,
  current,
  draft,
  standing,
}: {
  model: string
  current: CardHead | null
  draft: CardHead | null
  standing: CardStanding
}): string {
  const what = current === null ? 'no card is published' : `version ${current.number} of ${current.checkpoint}`
  const states = { none: '', fresh: 'holds', stale: 'STALE', withdrawn: 'WITHDRAWN' } as const
  const waiting = draft === null ? '' : `  draft of ${draft.savedAt.slice(0, 10)}`
  const reasons = standing.reasons.slice(0, 3).map(({ path, words }) => `\n  ${path}: ${words}`)
  return `${model}  ${what}  ${states[standing.state]}${waiting}`.trimEnd() + reasons.join('')
}

/** What people have to write, at the end of a new card, where an editor shows it. */
export function toWrite({ findings }: CardCheck): string {
  const owed = findings.filter(({ code }) => code === 'owed' || code === 'not_stated')
  if (owed.length === 0) return ''
  const line = ({ path, words, code }: CardCheck['findings'][number]) =>
    `#   ${path.slice(1).replaceAll('/', '.').padEnd(24)} ${words.replace(/^not stated: /, '')}${code === 'owed' ? '  (a card owes this)' : ''}`
  return `\n# Still to be written:\n${owed.map(line).join('\n')}\n`
}
