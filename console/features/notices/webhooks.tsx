import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Webhook } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { ConfirmDialog, Dialog, FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useToast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'
import { organisationsQuery } from '../accounts/queries.ts'
import { SubjectName } from '../accounts/subject-name.tsx'
import { webhooksQuery } from './queries.ts'

interface WebhooksProps {
  readonly sort: string | undefined
  onSort(sort: string | undefined): void
}

/** Where customers hear of what concerns them. */
export function Webhooks({ sort, onSort }: WebhooksProps) {
  const { data, error } = useQuery(webhooksQuery)
  const { may } = usePermissions()('notify.manage')
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<Webhook | null>(null)
  const client = useQueryClient()
  const toast = useToast()
  const columns: Column<Webhook>[] = [
    {
      id: 'customer',
      header: 'Customer',
      value: (w) => w.organisationId,
      cell: (w) => (
        <span className="font-medium">
          <SubjectName subject={{ type: 'organisation', id: w.organisationId }} />
        </span>
      ),
    },
    { id: 'url', header: 'Address', value: (w) => w.url, cell: (w) => <span className="break-all">{w.url}</span> },
    {
      id: 'state',
      header: 'State',
      value: (w) => (w.endedAt === null ? 'told' : 'ended'),
      cell: (w) =>
        w.endedAt === null ? (
          <StateMark state="holds" className="whitespace-nowrap">
            told
          </StateMark>
        ) : (
          <>
            <StateMark state="unknown">ended</StateMark>
            {w.endedWhy !== null && <span className="block text-quiet">{w.endedWhy}</span>}
          </>
        ),
    },
    {
      id: 'created',
      header: 'Since',
      numeric: true,
      wide: true,
      value: (w) => w.createdAt,
      cell: (w) => <When at={w.createdAt} />,
    },
    {
      id: 'end',
      header: 'End',
      numeric: true,
      cell: (w) =>
        may &&
        w.endedAt === null && (
          <Button small onClick={() => setEnding(w)}>
            End
          </Button>
        ),
    },
  ]
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Customers’ webhooks"
        rows={data ?? (error === null ? undefined : [])}
        columns={may ? columns : columns.slice(0, -1)}
        rowKey={({ id }) => id}
        sort={sort}
        onSort={onSort}
        filters={
          may && (
            <Button onClick={() => setAdding(true)}>
              <Icon name="plus" size={14} /> New webhook
            </Button>
          )
        }
        empty={
          <EmptyState
            title="No customer is told"
            action={
              may && (
                <Button onClick={() => setAdding(true)}>
                  <Icon name="plus" size={14} /> New webhook
                </Button>
              )
            }
          >
            A customer’s webhook hears of statements, appeals, exemptions and restrictions that concern it, and of new
            policies; signed, with a secret that is shown once.
          </EmptyState>
        }
      />
      {adding && <NewWebhookDialog onClose={() => setAdding(false)} />}
      <ConfirmDialog
        open={ending !== null}
        onOpenChange={() => setEnding(null)}
        title="End this webhook?"
        effects={[
          'The customer is told nothing more there, and what waits is not sent.',
          'A new one has a new secret.',
        ]}
        confirm="End it"
        onConfirm={async () => {
          if (ending === null) return
          await withFreshKey(() => call('DELETE /api/v1/notify/webhooks/{id}', { params: { id: ending.id } }))
          await client.invalidateQueries({ queryKey: ['notices'] })
          toast('The webhook was ended')
        }}
      />
    </>
  )
}

function NewWebhookDialog({ onClose }: { onClose(): void }) {
  const [organisationId, setOrganisationId] = useState('')
  const [url, setUrl] = useState('https://')
  const organisations = useInfiniteQuery(organisationsQuery).data?.pages.flatMap(({ items }) => items) ?? []
  const client = useQueryClient()
  const chosen = organisationId === '' ? (organisations[0]?.id ?? '') : organisationId
  const make = useMutation({
    mutationFn: () =>
      withFreshKey(() => call('POST /api/v1/notify/webhooks', { body: { organisationId: chosen, url: url.trim() } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['notices'] }),
  })
  if (make.data !== undefined)
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title="The secret of the webhook"
        description="It is shown this once: hand it to the customer, who checks signatures with it."
        actions={
          <Button look="primary" onClick={onClose}>
            I have kept it
          </Button>
        }
      >
        <CopyText label="secret" text={make.data.secret} />
      </Dialog>
    )
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="New webhook"
      description="Its address must be https and public."
      submit="Make it"
      busy={make.isPending}
      ready={chosen !== '' && url.trim().length > 'https://'.length}
      problem={make.error}
      onSubmit={() => make.mutate()}
    >
      <SelectField<string>
        label="Customer"
        value={chosen}
        onChange={setOrganisationId}
        choices={organisations.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <TextField label="Address" value={url} onChange={setUrl} maxLength={2000} required />
    </FormDialog>
  )
}
