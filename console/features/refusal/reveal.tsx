import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { RevealedRefusalRow, Routes } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { roleName } from '../people/role-names.ts'
import { AnswerFacts, AnswerWords, FindFacts, FindWords } from './other-words.tsx'
import { RecordFacts, RecordWords } from './record-words.tsx'
import { Veiled } from './veil.tsx'

type Reason = Routes['POST /api/v1/refusal/results/{id}/reveal']['body']['reason']
const REASONS: Record<Reason, string> = {
  spot_check: 'Spot check of the data',
  release: 'A release is decided',
  training: 'A model is trained with it',
  investigation: 'Something is looked into',
  audit: 'An audit',
}

interface RowWordsProps {
  readonly id: string
  readonly position: number
  readonly name: string
  /** Kept from row to row, so that who reads many says why once. */
  readonly reason: string | null
  onReason(reason: string): void
}

/** The words of one row: for who may, for a reason, on the record. To be keyed by its row. */
export function RowWords({ id, position, name, reason: before, onReason }: RowWordsProps) {
  const permission = usePermissions()('refusal.reveal')
  const [reason, setReason] = useState<Reason>(isReason(before) ? before : 'spot_check')
  const [read, setRead] = useState<RevealedRefusalRow | null>(null)
  const ask = useMutation({
    mutationFn: async () => {
      const { items } = await call('POST /api/v1/refusal/results/{id}/reveal', {
        params: { id },
        body: { positions: [position], reason },
      })
      setRead(items[0] ?? null)
      onReason(reason)
    },
  })
  if (read !== null) return <Read name={name} row={read.row} />
  return (
    <section className="flex flex-col gap-3 rounded-md border border-line p-3">
      <h3>{name}</h3>
      {permission.may ? (
        <>
          <p className="max-w-prose text-quiet">
            Not in this page until you ask for it: your name, the time and the reason go on the ledger first. It comes
            blurred; hold R to read.
          </p>
          <div className="flex flex-wrap items-end gap-2">
            <SelectField<Reason>
              label="Reason"
              className="w-64"
              value={reason}
              onChange={setReason}
              choices={(Object.entries(REASONS) as [Reason, string][]).map(([value, label]) => ({ value, label }))}
            />
            <Button look="primary" busy={ask.isPending} onClick={() => ask.mutate()}>
              Record and read
            </Button>
          </div>
          {ask.error !== null && <ProblemNote problem={ask.error} />}
        </>
      ) : (
        <p className="text-quiet">Open to: {permission.roles.map(roleName).join(', ')}.</p>
      )}
    </section>
  )
}

function isReason(value: string | null): value is Reason {
  return value !== null && value in REASONS
}

function Read({ name, row }: { readonly name: string; readonly row: RevealedRefusalRow['row'] }) {
  if ('rounds' in row)
    return (
      <div className="flex flex-col gap-3">
        <Veiled title={name}>{(clear) => <RecordWords record={row} clear={clear} />}</Veiled>
        <RecordFacts record={row} />
      </div>
    )
  if ('suite' in row)
    return (
      <div className="flex flex-col gap-3">
        <Veiled title={name}>{(clear) => <AnswerWords row={row} clear={clear} />}</Veiled>
        <AnswerFacts row={row} />
      </div>
    )
  return (
    <div className="flex flex-col gap-3">
      <Veiled title={name}>{(clear) => <FindWords find={row} clear={clear} />}</Veiled>
      <FindFacts find={row} />
    </div>
  )
}
