import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { devicesQuery, useWeightsChanged, versionsQuery } from './queries.ts'
import { StatementEffect } from './statement.tsx'
import { bytesOf } from './words.ts'

/** Opens weights on the strength of the shares alone. */
export function BreakDialog({ onClose }: { onClose(): void }) {
  const { person } = useMe()
  const { data: devices = [] } = useQuery(devicesQuery)
  const { data: versions } = useInfiniteQuery(versionsQuery)
  const mine = devices.filter(
    ({ state, personId, environment }) => state === 'approved' && personId === person.id && environment === null,
  )
  const sealed = versions?.pages.flatMap(({ items }) => items).filter(({ state }) => state === 'sealed') ?? []
  const [version, setVersion] = useState('')
  const [chosen, setDevice] = useState('')
  const [shares, setShares] = useState('')
  const [budget, setBudget] = useState('')
  const [minutes, setMinutes] = useState('30')
  const [reason, setReason] = useState('')
  const changed = useWeightsChanged()
  const navigate = useNavigate()
  const device = chosen === '' ? (mine[0]?.id ?? '') : chosen
  const given = shares
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const budgetBytes = bytesOf(budget)
  const ready = version !== '' && device !== '' && given.length >= 2 && budgetBytes !== null && reason.trim() !== ''
  const smash = useMutation({
    mutationFn: () => {
      const what = { version, device, files: ['*'], use: 'program' as const, budgetBytes: budgetBytes ?? 0 }
      const body = { ...what, shares: given, minutes: Number(minutes), reason: reason.trim() }
      return withFreshKey(() => call('POST /api/v1/weights/glass/breakings', { body }))
    },
    onSuccess: async ({ id }) => {
      onClose()
      await changed('The glass is broken', 'Everybody who must know is told; somebody else reviews it.')
      await navigate({ to: '/weights/grants/$id', params: { id } })
    },
  })
  return (
    <Dialog
      open
      onOpenChange={onClose}
      wide
      title="Break the glass"
      description="Opens weights without anybody’s agreement. Everybody is told at once, and until somebody else has reviewed it the glass can’t be broken again. What is locked stays locked."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" busy={smash.isPending} disabled={!ready} onClick={() => smash.mutate()}>
            Break the glass
          </Button>
        </>
      }
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Version"
          value={version}
          onChange={setVersion}
          choices={[
            { value: '', label: 'choose one', disabled: true },
            ...sealed.map(({ id }) => ({ value: id, label: id })),
          ]}
        />
        <SelectField
          label="From"
          value={device}
          onChange={setDevice}
          choices={
            mine.length === 0
              ? [{ value: '', label: 'no device of yours is let in', disabled: true }]
              : mine.map(({ id, host }) => ({ value: id, label: host }))
          }
        />
        <TextField label="Bytes" value={budget} onChange={setBudget} placeholder="500 MB" />
        <TextField label="Minutes" type="number" min={1} value={minutes} onChange={setMinutes} />
      </div>
      <TextArea label="Shares, one a line" value={shares} onChange={setShares} />
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={2000} />
      {version !== '' && budgetBytes !== null && budgetBytes > 0 && (
        <StatementEffect version={version} budgetBytes={budgetBytes} windowMinutes={Number(minutes)} />
      )}
      {smash.error !== null && <ProblemNote problem={smash.error} />}
    </Dialog>
  )
}
