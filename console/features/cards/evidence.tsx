import type { CardEvidence } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'

/** What a claim rests on, each a way to it. */
export function EvidenceList({
  evidence,
  sound,
}: {
  readonly evidence: readonly CardEvidence[]
  readonly sound: boolean
}) {
  if (evidence.length === 0) return <span className="text-quiet">in the words of people</span>
  return (
    <ul className="min-w-0">
      {evidence.map(({ type, id, digest, asOf }) => {
        const href = hrefOf(type, id)
        const state = type === 'external' ? 'unknown' : sound ? 'holds' : 'watch'
        return (
          <li key={`${type} ${id}`}>
            <StateMark state={state}>{type}</StateMark>{' '}
            {href === null ? (
              <bdi>{id}</bdi>
            ) : (
              <AppLink href={href} inline>
                {id}
              </AppLink>
            )}
            <span className="block truncate text-xs text-quiet" title={digest ?? undefined}>
              {digest == null ? 'no digest' : `SHA-256 ${digest.slice(0, 16)}…`} · {exactly(asOf)}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

function hrefOf(type: CardEvidence['type'], id: string): string | null {
  if (type === 'evaluation') return `/scaling/assessments/${encodeURIComponent(id)}`
  if (type === 'refusal') return `/refusal/evaluations/${encodeURIComponent(id)}`
  if (type === 'policy') return `/policy/versions/${encodeURIComponent(id)}`
  if (type === 'deployment') return `/releases/${encodeURIComponent(id)}`
  if (type === 'checkpoint') return `/scaling/models/${encodeURIComponent(id.split('/')[0] ?? '')}`
  return null
}
