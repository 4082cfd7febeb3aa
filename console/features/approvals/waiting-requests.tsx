import type { ReactNode } from 'react'
import type { ApprovalView } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { Seats } from './seats.tsx'

/**
 * Requests that wait for a second person: who asked, for what, and who may agree.
 *
 * @param words What is asked for, as it follows “asked 5 min ago”.
 */
export function WaitingRequests({
  approvals,
  words,
}: {
  readonly approvals: readonly ApprovalView[]
  words(approval: ApprovalView): ReactNode
}) {
  return approvals.map((approval) => (
    <div key={approval.id} className="flex flex-col gap-2 rounded-md border border-watch bg-watch-soft p-3">
      <p>
        <PersonName id={approval.requester} link /> asked <When at={approval.requestedAt} /> {words(approval)}.{' '}
        <AppLink href={`/approvals/${approval.id}`} className={INLINE_LINK}>
          Read and sign
        </AppLink>
      </p>
      <Seats approval={approval} />
    </div>
  ))
}
