import { useQuery } from '@tanstack/react-query'
import { AppLink } from '../../components/app-link.tsx'
import { Section, Skeleton } from '../../components/page.tsx'
import { When } from '../../components/when.tsx'
import { inboxQuery } from '../approvals/queries.ts'
import { approvalTitle, statementOf } from '../approvals/statement.ts'
import { PersonName } from '../people/person-name.tsx'

/** Requests that this person could agree to now. */
export function WaitingApprovals() {
  const { data } = useQuery(inboxQuery)
  return (
    <Section
      title="Waiting for you"
      note={data === undefined ? undefined : data.length === 0 ? 'nothing' : String(data.length)}
    >
      {data === undefined ? (
        <Skeleton className="w-64" />
      ) : (
        data.length > 0 && (
          <ul className="divide-y divide-line border-y border-line">
            {data.map((approval) => (
              <li
                key={approval.id}
                className="relative flex flex-wrap items-baseline justify-between gap-x-4 py-2 hover:bg-sunken"
              >
                <AppLink href={`/approvals/${approval.id}`} className="font-medium after:absolute after:inset-0">
                  {approvalTitle(approval)}
                </AppLink>
                <span className="min-w-0 grow truncate text-quiet">{statementOf(approval)?.reason}</span>
                <span className="text-quiet">
                  <PersonName id={approval.requester} /> · <When at={approval.requestedAt} />
                </span>
              </li>
            ))}
          </ul>
        )
      )}
    </Section>
  )
}
