import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { CreatedKey, Organisation, Project } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { Dialog, FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { useChanged } from './use-changed.ts'

interface Opening {
  readonly open: boolean
  onOpenChange(open: boolean): void
}

/** Adds a customer and goes to its page. */
export function NewOrganisationDialog({ open, onOpenChange }: Opening) {
  const [name, setName] = useState('')
  const [tier, setTier] = useState('')
  const changed = useChanged()
  const navigate = useNavigate()
  const make = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), tier: toTier(tier) }
      return withFreshKey(() => call('POST /api/v1/organisations', { body }))
    },
    onSuccess: async ({ id }) => {
      onOpenChange(false)
      setName('')
      setTier('')
      await changed(`${name.trim()} was added`)
      await navigate({ to: '/accounts/$type/$id', params: { type: 'organisation', id } })
    },
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="New organisation"
      description="A customer. Its name stays in the store and never goes onto the ledger."
      submit="Add it"
      busy={make.isPending}
      ready={name.trim() !== ''}
      onSubmit={() => make.mutate()}
      problem={make.error}
    >
      <TextField label="Name" value={name} onChange={setName} maxLength={200} required autoFocus />
      <TierField tier={tier} onChange={setTier} />
    </FormDialog>
  )
}

/** Puts a customer into a tier, from its next request on. */
export function TierDialog({ organisation, open, onOpenChange }: Opening & { readonly organisation: Organisation }) {
  const [tier, setTier] = useState(organisation.tier ?? '')
  const changed = useChanged()
  const set = useMutation({
    mutationFn: () => {
      const params = { id: organisation.id }
      return withFreshKey(() => call('PATCH /api/v1/organisations/{id}', { params, body: { tier: toTier(tier) } }))
    },
    onSuccess: async () => {
      onOpenChange(false)
      await changed('The tier was changed', 'It holds from the next request on.')
    },
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Tier of ${organisation.name}`}
      submit="Change it"
      busy={set.isPending}
      ready
      onSubmit={() => set.mutate()}
      problem={set.error}
    >
      <TierField tier={tier} onChange={setTier} autoFocus />
    </FormDialog>
  )
}

function TierField(props: { readonly tier: string; onChange(tier: string): void; readonly autoFocus?: boolean }) {
  return (
    <TextField
      label="Tier (optional)"
      value={props.tier}
      onChange={props.onChange}
      maxLength={100}
      autoFocus={props.autoFocus ?? false}
      hint="Parts of the usage policy that name this tier apply. Left empty, none do."
    />
  )
}

function toTier(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}

/** Adds a project to a customer. */
export function NewProjectDialog({
  organisationId,
  open,
  onOpenChange,
}: Opening & { readonly organisationId: string }) {
  const [name, setName] = useState('')
  const [limits, setLimits] = useState({ requests: '', tokens: '' })
  const changed = useChanged()
  const make = useMutation({
    mutationFn: () =>
      withFreshKey(() =>
        call('POST /api/v1/projects', { body: { organisationId, name: name.trim(), ...toLimits(limits) } }),
      ),
    onSuccess: async () => {
      onOpenChange(false)
      setName('')
      await changed(`${name.trim()} was added`)
    },
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="New project"
      description="What a customer builds: it has rate limits and keys of its own."
      submit="Add it"
      busy={make.isPending}
      ready={name.trim() !== ''}
      onSubmit={() => make.mutate()}
      problem={make.error}
    >
      <TextField label="Name" value={name} onChange={setName} maxLength={200} required autoFocus />
      <LimitFields limits={limits} onChange={setLimits} />
    </FormDialog>
  )
}

/** Changes the rate limits of a project, from its next request on. */
export function LimitsDialog({ project, open, onOpenChange }: Opening & { readonly project: Project }) {
  const [limits, setLimits] = useState({
    requests: project.requestsPerMinute?.toString() ?? '',
    tokens: project.tokensPerMinute?.toString() ?? '',
  })
  const changed = useChanged()
  const set = useMutation({
    mutationFn: () =>
      withFreshKey(() => call('PATCH /api/v1/projects/{id}', { params: { id: project.id }, body: toLimits(limits) })),
    onSuccess: async () => {
      onOpenChange(false)
      await changed('The limits were changed', 'They hold from the next request on.')
    },
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Limits of ${project.name}`}
      submit="Change them"
      busy={set.isPending}
      ready
      onSubmit={() => set.mutate()}
      problem={set.error}
    >
      <LimitFields limits={limits} onChange={setLimits} />
    </FormDialog>
  )
}

/** Makes a key; its secret is shown once. */
export function NewKeyDialog({ projectId, open, onOpenChange }: Opening & { readonly projectId: string }) {
  const [name, setName] = useState('')
  const [until, setUntil] = useState('')
  const [testString, setTestString] = useState<'yes' | 'no'>('yes')
  const changed = useChanged()
  const make = useMutation({
    mutationFn: () => {
      const expiresAt = until === '' ? null : new Date(`${until}T23:59:59`).toISOString()
      const body = { projectId, name: name.trim(), expiresAt, testString: testString === 'yes' }
      return withFreshKey(() => call('POST /api/v1/keys', { body }))
    },
    onSuccess: () => changed('The key was made'),
  })
  const close = (next: boolean) => {
    onOpenChange(next)
    if (next) return
    setName('')
    setUntil('')
    make.reset()
  }
  if (make.data !== undefined) return <SecretDialog created={make.data} close={() => close(false)} />
  return (
    <FormDialog
      open={open}
      onOpenChange={close}
      title="New key"
      submit="Make the key"
      busy={make.isPending}
      ready={name.trim() !== ''}
      onSubmit={() => make.mutate()}
      problem={make.error}
    >
      <TextField label="Name" value={name} onChange={setName} maxLength={200} required autoFocus />
      <TextField
        label="Until (optional)"
        type="date"
        value={until}
        onChange={setUntil}
        hint="Left empty, it lasts until it is revoked."
      />
      <SelectField<'yes' | 'no'>
        label="Test string"
        value={testString}
        onChange={setTestString}
        choices={[
          { value: 'yes', label: 'triggers a refusal' },
          { value: 'no', label: 'is ordinary text', note: 'so that a planted document cannot deny service with it' },
        ]}
      />
    </FormDialog>
  )
}

function SecretDialog({ created, close }: { readonly created: CreatedKey; close(): void }) {
  return (
    <Dialog
      open
      onOpenChange={close}
      title={`The secret of ${created.name}`}
      description="It is shown this once; nobody can show it again."
      actions={
        <Button look="primary" onClick={close}>
          I have kept it
        </Button>
      }
    >
      <CopyText label="secret" text={created.key} />
      <p className="text-quiet">
        A program sends it as <code>authorization: Bearer …</code>. Whoever has it speaks for this project.
      </p>
    </Dialog>
  )
}

interface Limits {
  readonly requests: string
  readonly tokens: string
}

function LimitFields({ limits, onChange }: { readonly limits: Limits; onChange(limits: Limits): void }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Requests a minute"
        type="number"
        min={1}
        value={limits.requests}
        onChange={(requests) => onChange({ ...limits, requests })}
        hint="Left empty: the installation’s."
      />
      <TextField
        label="Tokens a minute"
        type="number"
        min={1}
        value={limits.tokens}
        onChange={(tokens) => onChange({ ...limits, tokens })}
        hint="Left empty: the installation’s."
      />
    </div>
  )
}

function toLimits({ requests, tokens }: Limits): { requestsPerMinute: number | null; tokensPerMinute: number | null } {
  const read = (text: string) => (text.trim() === '' ? null : Number(text))
  return { requestsPerMinute: read(requests), tokensPerMinute: read(tokens) }
}
