import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { MachineDiagram, ResponseCaseView } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { useModelsChanged } from '../scaling/queries.ts'
import type { MachineName } from './words.ts'

/** Puts evidence on a case: where it is on record, and its digest where it is a file. */
export function EvidenceDialog({
  of,
  kind,
  machine,
  onClose,
}: {
  readonly of: ResponseCaseView
  readonly kind: string
  readonly machine: MachineDiagram
  onClose(): void
}) {
  const [reference, setReference] = useState('')
  const [digest, setDigest] = useState('')
  const changed = useModelsChanged()
  const cut = of.id.indexOf('/')
  const params = { machine: of.id.slice(0, cut) as MachineName, name: of.id.slice(cut + 1) }
  const wrong = digest !== '' && !/^[0-9a-f]{64}$/.test(digest)
  const show = useMutation({
    mutationFn: () => {
      const body = { kind, reference: reference.trim(), digest: digest === '' ? null : digest }
      return withFreshKey(() => call('POST /api/v1/response/cases/{machine}/{name}/evidence', { params, body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('It is on the case')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Put it on the case"
      description={machine.evidence.find((one) => one.kind === kind)?.says}
      submit="Put it on the case"
      busy={show.isPending}
      ready={reference.trim() !== '' && !wrong}
      problem={show.error}
      onSubmit={() => show.mutate()}
    >
      <TextField
        label="Where it is on record"
        value={reference}
        onChange={setReference}
        maxLength={500}
        placeholder="A document, a ticket, minutes"
        autoFocus
      />
      <TextField
        label="SHA-256 of the file, where there is one"
        value={digest}
        onChange={(text) => setDigest(text.trim())}
        error={wrong ? '64 hexadecimal digits, in small letters.' : null}
        maxLength={64}
      />
    </FormDialog>
  )
}
