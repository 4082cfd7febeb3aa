import type { WeightsGrantStatement } from '../../app/api/schema.ts'
import { Section } from '../../components/page.tsx'
import { StatementFacts } from './statement.tsx'

/** What an access comes to, for who is to sign it: in words, in bytes and in days. */
export function GrantReview({ payload }: { readonly payload: unknown }) {
  const statement = statementIn(payload)
  if (statement === null) return null
  return (
    <Section title="What it comes to">
      <StatementFacts statement={statement} />
    </Section>
  )
}

/** The server checked it when it was asked for; this only makes sure that the page can show it. */
function statementIn(payload: unknown): WeightsGrantStatement | null {
  const isOne =
    typeof payload === 'object' &&
    payload !== null &&
    'version' in payload &&
    typeof payload.version === 'string' &&
    'files' in payload &&
    Array.isArray(payload.files) &&
    'budgetBytes' in payload &&
    typeof payload.budgetBytes === 'number'
  return isOne ? (payload as unknown as WeightsGrantStatement) : null
}
