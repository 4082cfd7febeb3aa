import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { PersonView, RoleAssignment } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from './person-name.tsx'
import { roleName } from './role-names.ts'

const STATES: Record<RoleAssignment['state'], readonly [State, string]> = {
  active: ['holds', 'in force'],
  expired: ['unknown', 'expired'],
  training_due: ['watch', 'asleep: training overdue'],
  review_due: ['watch', 'asleep: review overdue'],
  ended: ['unknown', 'ended'],
  person_inactive: ['unknown', 'asleep: the person left'],
}

const SOURCES: Record<RoleAssignment['source'], string> = {
  setup: 'first administrator',
  approval: 'approval',
  group: 'group at the identity provider',
  recovery: 'recovery',
  development: 'development login',
}

/** What a person holds, until when, from where, and the ways to confirm or end it. */
export function AssignmentTable({ person }: { readonly person: PersonView }) {
  const me = useMe()
  const permission = usePermissions()
  const [ending, setEnding] = useState<RoleAssignment | null>(null)
  const changed = useChanged()
  const review = useMutation({
    mutationFn: ({ id }: RoleAssignment) =>
      withFreshKey(() => call('POST /api/v1/staff/assignments/{id}/review', { params: { id } })),
    onSuccess: () => changed('Reviewed'),
  })
  const mayReview = permission('roles.review').may && person.id !== me.person.id
  const mayEnd = permission('roles.end').may
  const columns: Column<RoleAssignment>[] = [
    {
      id: 'role',
      header: 'Role',
      value: (a) => roleName(a.role),
      cell: (a) => <span className="font-medium">{roleName(a.role)}</span>,
    },
    {
      id: 'state',
      header: 'State',
      value: (a) => STATES[a.state][1],
      cell: (a) => <StateMark state={STATES[a.state][0]}>{STATES[a.state][1]}</StateMark>,
    },
    {
      id: 'source',
      header: 'From',
      wide: true,
      value: (a) => SOURCES[a.source],
      cell: (a) => <Source assignment={a} />,
    },
    {
      id: 'until',
      header: 'Ends',
      numeric: true,
      wide: true,
      value: (a) => a.expiresAt,
      cell: (a) => (a.expiresAt === null ? <span className="text-quiet">–</span> : <When at={a.expiresAt} />),
    },
    {
      id: 'training',
      header: 'Training due',
      numeric: true,
      wide: true,
      value: (a) => a.trainingDueAt,
      cell: (a) => <When at={a.trainingDueAt} />,
    },
    {
      id: 'review',
      header: 'Review due',
      numeric: true,
      wide: true,
      value: (a) => a.reviewDueAt,
      cell: (a) => <When at={a.reviewDueAt} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      numeric: true,
      cell: (a) => (
        <span className="inline-flex gap-1">
          {mayReview && (
            <Button small look="quiet" busy={review.isPending} onClick={() => review.mutate(a)}>
              Still needed
            </Button>
          )}
          {mayEnd && (
            <Button small look="quiet" onClick={() => setEnding(a)}>
              Take away
            </Button>
          )}
        </span>
      ),
    },
  ]
  return (
    <>
      {review.error !== null && <ProblemNote problem={review.error} />}
      <Table
        exports={false}
        label={`Roles of ${person.displayName}`}
        rows={person.assignments}
        columns={mayReview || mayEnd ? columns : columns.slice(0, -1)}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title="No role">
            Whoever holds none sees and does nothing here. Leaders ask for roles; most take a second person.
          </EmptyState>
        }
      />
      <ConfirmDialog
        open={ending !== null}
        onOpenChange={() => setEnding(null)}
        title={ending === null ? '' : `Take ${roleName(ending.role)} away?`}
        effects={[
          `${person.displayName} loses it at once; what they were about to do with it is refused.`,
          'Giving it back is a new request, which most roles take two people for.',
        ]}
        confirm="Take it away"
        reasonLabel="Reason"
        onConfirm={async (reason) => {
          if (ending === null) return
          await call('DELETE /api/v1/staff/assignments/{id}', { params: { id: ending.id }, body: { reason } })
          await changed('The role was taken away')
        }}
      />
    </>
  )
}

function Source({ assignment: { source, approvalId, deputyFor } }: { readonly assignment: RoleAssignment }) {
  return (
    <>
      {approvalId === null ? (
        SOURCES[source]
      ) : (
        <AppLink href={`/approvals/${approvalId}`} className={INLINE_LINK}>
          {SOURCES[source]}
        </AppLink>
      )}
      {deputyFor !== null && (
        <span className="block text-quiet">
          in the stead of <PersonName id={deputyFor} />
        </span>
      )}
    </>
  )
}

export function useChanged(): AfterChange {
  return useAfterChange([['people']], { session: true })
}
