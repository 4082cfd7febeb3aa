import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { StaffSession } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { sessionsQuery } from './queries.ts'

const METHODS: Record<StaffSession['method'], string> = {
  passkey: 'security key',
  oidc: 'identity provider',
  development: 'development login',
}

/** Where one is signed in. */
export function Sessions() {
  const { data } = useQuery(sessionsQuery)
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: (id: string) => call('DELETE /api/v1/staff/sessions/{id}', { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  })
  const columns: readonly Column<StaffSession>[] = [
    {
      id: 'device',
      header: 'Device',
      value: (s) => s.device,
      cell: (s) => <span className="font-medium">{s.device}</span>,
    },
    { id: 'method', header: 'By', wide: true, value: (s) => METHODS[s.method], cell: (s) => METHODS[s.method] },
    {
      id: 'began',
      header: 'Began',
      numeric: true,
      wide: true,
      value: (s) => s.createdAt,
      cell: (s) => <When at={s.createdAt} />,
    },
    {
      id: 'seen',
      header: 'Last seen',
      numeric: true,
      value: (s) => s.lastSeenAt,
      cell: (s) => <When at={s.lastSeenAt} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      numeric: true,
      cell: (s) =>
        s.current ? (
          <StateMark state="holds">this one</StateMark>
        ) : (
          <Button small look="quiet" busy={end.isPending} onClick={() => end.mutate(s.id)}>
            End
          </Button>
        ),
    },
  ]
  return (
    <Section title="Sessions" note="end what you don’t recognise">
      {end.error !== null && <ProblemNote problem={end.error} />}
      <Table
        exports={false}
        label="Sessions"
        rows={data}
        columns={columns}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No session">You are signed in nowhere.</EmptyState>}
      />
    </Section>
  )
}
