import { LABELS } from '../../taxonomy.ts'
import type { Relation } from './scheme.ts'
import { gaps, SCHEMES, type SchemeId } from './taxonomies.ts'

const SIGNS: Readonly<Record<Relation, string>> = {
  equal: '=',
  contains: '⊃',
  reaches: '(⊃)',
  part: '⊂',
  overlaps: '∩',
}
const IDS: readonly SchemeId[] = ['ailuminate', 'llama_guard', 'qwen3guard', 'openai', 'azure', 'anthropic']

/** The mapping as Markdown, for the guide: one row per label, with the sign of the relation before each category. */
export function mappingTable(): string {
  const rows = LABELS.map((label) => [`\`${label}\``, ...IDS.map((id) => cell(id, label))])
  return table(['label', ...IDS.map((id) => SCHEMES[id].title)], rows)
}

/** What each scheme leaves unjudged, and its categories without equivalent, as Markdown. */
export function gapTable(): string {
  const rows = IDS.map((id) => [
    SCHEMES[id].title,
    list(gaps(id)),
    list(SCHEMES[id].categories.filter(({ links }) => links.length === 0).map((category) => category.id)),
  ])
  return table(['scheme', 'labels that its silence says nothing about', 'categories without equivalent'], rows)
}

function cell(id: SchemeId, label: string): string {
  const parts = SCHEMES[id].categories.flatMap((category) =>
    category.links
      .filter((link) => link.label === label)
      .map(({ relation }) => `${SIGNS[relation]} ${category.id.replaceAll('_', ' ')}`),
  )
  return parts.length === 0 ? '–' : parts.join('; ')
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '–' : names.map((name) => `\`${name}\``).join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
