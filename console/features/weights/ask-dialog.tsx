import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { NewWeightsRequest, WeightsGrantView } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { CopyText } from '../../components/copy.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { EmptyState } from '../../components/page.tsx'
import { SelectField } from '../../components/select.tsx'
import { useAsk } from '../approvals/use-ask.ts'
import { USES } from './marks.tsx'
import { devicesQuery, useWeightsChanged, versionsQuery } from './queries.ts'
import { StatementEffect } from './statement.tsx'
import { bytesOf } from './words.ts'

type Use = WeightsGrantView['use']

/** Asks to open weights: what others sign is exactly what stands here. */
export function AskDialog({ version: given = '', onClose }: { readonly version?: string; onClose(): void }) {
  const { person } = useMe()
  const { data: devices } = useQuery(devicesQuery)
  const mine = devices?.filter(
    (one) => one.state === 'approved' && (one.personId === person.id || one.environment !== null),
  )
  const form = useForm(given, mine?.[0]?.id ?? '')
  const { data: versions } = useInfiniteQuery(versionsQuery)
  const sealed = versions?.pages.flatMap(({ items }) => items).filter(({ state }) => state === 'sealed') ?? []
  const { fields, set, request } = form
  const budgetBytes = bytesOf(fields.budget)
  const ask = useAsk({
    send: async () => {
      if (request === null) throw new Error('asked before it was whole')
      return (await call('POST /api/v1/weights/requests', { body: request })).approval
    },
    changed: useWeightsChanged(),
    onClose,
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      wide
      title="Ask for access to weights"
      description="Others agree to exactly this, by a touch of their key; the window begins when the last one has."
      submit="Ask for it"
      busy={ask.isPending}
      ready={request !== null}
      problem={ask.error}
      onSubmit={() => ask.mutate()}
    >
      {mine?.length === 0 ? (
        <NoDevice />
      ) : (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <SelectField
              label="Version"
              value={fields.version}
              onChange={set('version')}
              choices={[
                { value: '', label: sealed.length === 0 ? 'the vault is empty' : 'choose one', disabled: true },
                ...sealed.map(({ id }) => ({ value: id, label: id })),
              ]}
            />
            <SelectField
              label="From"
              value={fields.device}
              onChange={set('device')}
              choices={(mine ?? []).map(({ id, host, environment }) => ({
                value: id,
                label: environment === null ? host : `${host} (${environment})`,
              }))}
            />
            <SelectField<Use>
              label="Use"
              value={fields.use}
              onChange={set('use')}
              choices={Object.entries(USES).map(([value, label]) => ({ value: value as Use, label }))}
            />
            <TextField
              label="Minutes"
              type="number"
              min={1}
              value={fields.minutes}
              onChange={set('minutes')}
              hint="Counted from the last agreement on."
            />
          </div>
          <TextArea
            label="Files"
            rows={2}
            value={fields.files}
            onChange={set('files')}
            hint="One a line; a * at the end stands for whatever follows."
          />
          <TextField
            label="Bytes"
            value={fields.budget}
            onChange={set('budget')}
            placeholder="500 MB"
            error={fields.budget !== '' && budgetBytes === null ? 'a number of bytes, such as 500 MB' : null}
            hint="At most so much is given out."
          />
          {fields.version !== '' && budgetBytes !== null && budgetBytes > 0 && Number(fields.minutes) >= 1 && (
            <StatementEffect
              version={fields.version}
              budgetBytes={budgetBytes}
              windowMinutes={Number(fields.minutes)}
            />
          )}
          {fields.use === 'run' && (
            <TextField
              label="May reach (optional)"
              value={fields.destination}
              onChange={set('destination')}
              placeholder="registry.internal:443"
              hint="The one host and port that the sandbox may talk to. Left empty: none."
            />
          )}
          {fields.use === 'export' && (
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField label="The copy lies at" value={fields.place} onChange={set('place')} maxLength={300} />
              <TextField
                label="Days until it is gone"
                type="number"
                min={1}
                value={fields.days}
                onChange={set('days')}
              />
            </div>
          )}
          <TextArea label="Purpose" value={fields.purpose} onChange={set('purpose')} maxLength={2000} />
        </>
      )}
    </FormDialog>
  )
}

function NoDevice() {
  return (
    <EmptyState
      title="No device of yours is let in"
      action={<CopyText label="command" text="safelevel vault device init" />}
    >
      Weights are opened from a host that is known. Run this there, register the key that it prints under Devices, and
      have somebody else let it in.
    </EmptyState>
  )
}

type FieldName = 'version' | 'device' | 'minutes' | 'files' | 'budget' | 'destination' | 'place' | 'days' | 'purpose'
type Fields = Readonly<Record<FieldName, string>> & { readonly use: Use }

const EMPTY: Fields = {
  ...{ version: '', device: '', use: 'run', minutes: '60', files: '*', budget: '' },
  ...{ destination: '', place: '', days: '7', purpose: '' },
}

function useForm(version: string, firstDevice: string) {
  const [fields, setFields] = useState<Fields>({ ...EMPTY, version })
  const chosen = { ...fields, device: fields.device === '' ? firstDevice : fields.device }
  const set = (name: keyof Fields) => (value: string) => setFields((before) => ({ ...before, [name]: value }))
  return { fields: chosen, set, request: requestOf(chosen) }
}

/** What is sent; null while something is missing. */
function requestOf(fields: Fields): NewWeightsRequest | null {
  const { version, device, use, minutes, destination, place, days } = fields
  const files = [...new Set(fields.files.split('\n').map((line) => line.trim()))].filter((line) => line !== '')
  const budgetBytes = bytesOf(fields.budget)
  const purpose = fields.purpose.trim()
  const [, host, port] = /^([^\s:]+):(\d{1,5})$/.exec(destination.trim()) ?? []
  const wantsHost = use === 'run' && destination.trim() !== ''
  const isWhole = version !== '' && device !== '' && files.length > 0 && purpose !== '' && Number(minutes) >= 1
  if (!isWhole || budgetBytes === null || budgetBytes < 1) return null
  if (wantsHost && host === undefined) return null
  if (use === 'export' && (place.trim() === '' || !(Number(days) >= 1))) return null
  return {
    ...{ device, version, files, purpose, use, budgetBytes, windowMinutes: Number(minutes) },
    destination: wantsHost && host !== undefined ? { host, port: Number(port) } : null,
    copy: use === 'export' ? { place: place.trim(), days: Number(days) } : null,
  }
}
