import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { WeightsDraft, WeightsGrantView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { usePendingRequests } from '../approvals/pending.ts'
import { statementOf } from '../approvals/statement.ts'
import { PersonName } from '../people/person-name.tsx'
import { GrantMark, USES } from './marks.tsx'
import { draftsQuery, grantsQuery } from './queries.ts'
import { bytes } from './words.ts'

export const GRANT_ACTION = 'weights.grant'
const STATES = ['active', 'revoked', 'expired', 'spent'] as const

/** Who may open what, who could, and what is asked for. */
export function GrantsTab() {
  const { state, sort } = useSearch({ from: '/shell/weights' })
  const navigate = useNavigate({ from: '/weights' })
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(grantsQuery({ state }))
  const search = { tab: 'grants' as const, state, sort }
  return (
    <div className="flex flex-col gap-6">
      <Asked />
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Grants"
        rows={data?.pages.flatMap(({ items }) => items) ?? (error === null ? undefined : [])}
        columns={GRANT_COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/weights/grants/${id}`}
        sort={sort}
        onSort={(next) => navigate({ search: { ...search, sort: next } })}
        filters={
          <Filter<WeightsGrantView['state'] | 'any'>
            label="State"
            value={state ?? 'any'}
            onChange={(next) => navigate({ search: { ...search, state: next === 'any' ? undefined : next } })}
            choices={[
              { value: 'any', label: 'any' },
              ...STATES.map((one) => ({ value: one, label: one === 'active' ? 'open' : one })),
            ]}
          />
        }
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState title={state === undefined ? 'Nobody has been given access yet' : 'None in this state'}>
            Somebody whose job requires it asks to open a version: which files, for what purpose, from which host, how
            many bytes, for how long. Others agree to exactly that, by a touch of their key, and the grant appears here
            with what is read under it.
          </EmptyState>
        }
      />
    </div>
  )
}

/** What waits: drafts of my devices for me, requests for those who agree. */
function Asked() {
  const { may } = usePermissions()('weights.request')
  const { data: drafts = [] } = useQuery({ ...draftsQuery, enabled: may })
  const pending = usePendingRequests(GRANT_ACTION)
  const mine = drafts.filter(({ state }) => state === 'draft')
  if (mine.length === 0 && pending.length === 0) return null
  return (
    <Section title="Asked for">
      <ul className="divide-y divide-line border-y border-line">
        {mine.map((draft) => (
          <li key={draft.id} className="flex flex-wrap items-baseline gap-x-4 py-2">
            <StateMark state="watch">waits for you to send it</StateMark>
            <AppLink href={`/weights/drafts/${draft.id}`} className={INLINE_LINK}>
              {askedFor(draft.statement)}
            </AppLink>
            <span className="grow" />
            <When at={draft.createdAt} />
          </li>
        ))}
        {pending.map((approval) => (
          <li key={approval.id} className="flex flex-wrap items-baseline gap-x-4 py-2">
            <StateMark state="watch">waits for others</StateMark>
            <AppLink href={`/approvals/${approval.id}`} className={INLINE_LINK}>
              {askedFor(statementOf(approval)?.payload)}
            </AppLink>
            <span>
              by <PersonName id={approval.requester} />
            </span>
            <span className="grow" />
            <When at={approval.requestedAt} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** `orca-2/step-9000, 64 MB for 60 min` */
function askedFor(payload: unknown): string {
  const { version, budgetBytes, windowMinutes }: Partial<WeightsDraft['statement']> =
    typeof payload === 'object' && payload !== null ? payload : {}
  return `${version}, ${bytes(budgetBytes ?? 0)} for ${windowMinutes} min`
}

export const GRANT_COLUMNS: readonly Column<WeightsGrantView>[] = [
  { id: 'version', header: 'Version', value: ({ version }) => version, cell: ({ version }) => version },
  { id: 'state', header: 'State', value: ({ state }) => state, cell: (grant) => <GrantMark grant={grant} /> },
  {
    id: 'person',
    header: 'Who',
    value: ({ personId }) => personId,
    cell: ({ personId, environment }) =>
      environment === null ? <PersonName id={personId} /> : <span>environment {environment}</span>,
  },
  { id: 'host', header: 'Host', wide: true, value: ({ host }) => host, cell: ({ host }) => host },
  { id: 'use', header: 'Use', wide: true, value: ({ use }) => use, cell: ({ use }) => USES[use] },
  {
    id: 'used',
    header: 'Read',
    numeric: true,
    wide: true,
    value: ({ usedBytes }) => usedBytes,
    cell: ({ usedBytes, budgetBytes }) => (
      <>
        {bytes(usedBytes)} <span className="text-quiet">of {bytes(budgetBytes)}</span>
      </>
    ),
  },
  {
    id: 'expiresAt',
    header: 'Ends',
    numeric: true,
    value: ({ expiresAt, endedAt }) => endedAt ?? expiresAt,
    cell: ({ expiresAt, endedAt }) => <When at={endedAt ?? expiresAt} />,
  },
]
