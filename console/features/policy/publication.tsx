import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { ApprovalView, PolicyDraft } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { approvalsQuery } from '../approvals/queries.ts'
import { statementOf } from '../approvals/statement.ts'
import { PersonName } from '../people/person-name.tsx'
import { policyStatusQuery, versionsQuery } from './queries.ts'

/** Where a draft stands on its way into force: wished for, asked for, waiting for its time, live. */
export function Publication({ draft }: { readonly draft: PolicyDraft }) {
  return draft.state === 'published' ? (
    <Published draft={draft} />
  ) : draft.state === 'open' ? (
    <Asked draft={draft} />
  ) : null
}

function Published({ draft }: { readonly draft: PolicyDraft }) {
  const { data: versions } = useQuery(versionsQuery)
  const { data: status } = useQuery(policyStatusQuery)
  const version = versions?.find(({ draftId }) => draftId === draft.id)
  if (version === undefined) return null
  const { state, digest, effectiveAt } = version
  const since = status?.inForce.digest === digest ? status.inForce.since : null
  const link = (
    <AppLink href={`/policy/versions/${digest}`} className={INLINE_LINK}>
      Version {version.version}
    </AppLink>
  )
  return (
    <p className="rounded-md border border-line px-3 py-2">
      {state === 'in_force' ? (
        <>
          <StateMark state="holds">Live</StateMark> {link} is in force
          {since !== null && (
            <>
              {' since '}
              {exactly(since)} (<When at={since} />)
            </>
          )}
          . The public reads it at /policy.
        </>
      ) : state === 'scheduled' ? (
        <>
          <StateMark state="watch">Waits for its time</StateMark> {link} takes effect {exactly(effectiveAt)}.
        </>
      ) : (
        <>
          <StateMark state="unknown">Replaced</StateMark> {link} was published from this draft; a newer one rules now.
        </>
      )}
    </p>
  )
}

function Asked({ draft }: { readonly draft: PolicyDraft }) {
  const { may } = usePermissions()('approvals.read')
  const { data } = useInfiniteQuery({ ...approvalsQuery('pending'), enabled: may, refetchInterval: 5_000 })
  const pending = data?.pages.flatMap(({ items }) => items).filter((approval) => isAbout(approval, draft.id)) ?? []
  if (pending.length === 0 && draft.proposal === null) return null
  return (
    <div className="flex flex-col gap-1 rounded-md border border-accent bg-accent-soft px-3 py-2">
      {pending.map((approval) => (
        <p key={approval.id}>
          <StateMark state="watch">Waits for a second person</StateMark> <PersonName id={approval.requester} /> asked
          for publication <When at={approval.requestedAt} />.{' '}
          <AppLink href={`/approvals/${approval.id}`} className={INLINE_LINK}>
            The approval
          </AppLink>
          . An edit of the draft voids it.
        </p>
      ))}
      {pending.length === 0 && draft.proposal !== null && (
        <p>
          <StateMark state="watch">Publication is wished for</StateMark> <PersonName id={draft.proposal.by} />,{' '}
          <When at={draft.proposal.at} />: “<bdi>{draft.proposal.changelog}</bdi>”
        </p>
      )}
    </div>
  )
}

function isAbout(approval: ApprovalView, draftId: string): boolean {
  const payload = approval.action === 'policy.publish' ? statementOf(approval)?.payload : null
  return typeof payload === 'object' && payload !== null && 'draft' in payload && payload.draft === draftId
}
