import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { PasskeyView } from '../../app/api/schema.ts'
import { deviceName, makeKey, withFreshKey } from '../../app/security-key.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog, FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { passkeysQuery } from './queries.ts'

/** One's security keys: add, and take away all but the last. */
export function Passkeys() {
  const { data: keys } = useQuery(passkeysQuery)
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<PasskeyView | null>(null)
  const changed = useChanged()
  const columns: readonly Column<PasskeyView>[] = [
    { id: 'label', header: 'Key', value: (k) => k.label, cell: (k) => <span className="font-medium">{k.label}</span> },
    {
      id: 'kind',
      header: 'Kind',
      wide: true,
      value: (k) => k.deviceType,
      cell: (k) => (k.backedUp ? 'passkey, synchronised' : 'bound to one device'),
    },
    { id: 'added', header: 'Added', numeric: true, value: (k) => k.createdAt, cell: (k) => <When at={k.createdAt} /> },
    {
      id: 'used',
      header: 'Last used',
      numeric: true,
      wide: true,
      value: (k) => k.lastUsedAt,
      cell: (k) => (k.lastUsedAt === null ? <span className="text-quiet">never</span> : <When at={k.lastUsedAt} />),
    },
    {
      id: 'actions',
      header: 'Actions',
      numeric: true,
      cell: (k) => (
        <Button
          small
          look="quiet"
          disabled={keys === undefined || keys.length < 2}
          title={keys?.length === 1 ? 'The last key stays' : undefined}
          onClick={() => setRemoving(k)}
        >
          Remove
        </Button>
      ),
    },
  ]
  return (
    <Section
      title="Security keys"
      note="have at least two, in two places"
      actions={
        <Button small onClick={() => setAdding(true)}>
          <Icon name="plus" size={12} /> Add a key
        </Button>
      }
    >
      <Table
        exports={false}
        label="Security keys"
        rows={keys}
        columns={columns}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No key">Register one within five minutes after signing in.</EmptyState>}
      />
      <AddDialog open={adding} onOpenChange={setAdding} />
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title={`Remove ${removing?.label ?? ''}?`}
        effects={['It opens nothing and signs nothing from now on.', `You keep ${(keys?.length ?? 1) - 1} other.`]}
        confirm="Remove"
        onConfirm={async () => {
          if (removing === null) return
          await withFreshKey(() => call('DELETE /api/v1/staff/passkeys/{id}', { params: { id: removing.id } }))
          await changed('The key was removed')
        }}
      />
    </Section>
  )
}

function AddDialog({ open, onOpenChange }: { readonly open: boolean; onOpenChange(open: boolean): void }) {
  const [label, setLabel] = useState(deviceName())
  const changed = useChanged()
  const add = useMutation({
    mutationFn: async () => {
      const { ceremony, options } = await withFreshKey(() => call('POST /api/v1/staff/passkeys/options'))
      const attestation = await makeKey(options)
      await call('POST /api/v1/staff/passkeys', { body: { ceremony, attestation, label: label.trim() } })
    },
    onSuccess: async () => {
      onOpenChange(false)
      await changed('The key was added')
    },
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Add a security key"
      description="You touch one you have, then the new one."
      submit={
        <>
          <Icon name="key" size={14} /> Add it
        </>
      }
      busy={add.isPending}
      ready={label.trim() !== ''}
      onSubmit={() => add.mutate()}
      problem={add.error}
    >
      <TextField
        label="Its name"
        value={label}
        onChange={setLabel}
        maxLength={100}
        hint="To recognise it by: blue one, in the safe."
      />
    </FormDialog>
  )
}

function useChanged(): AfterChange {
  return useAfterChange([passkeysQuery.queryKey], { session: true })
}
