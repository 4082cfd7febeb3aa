import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ControlReportDraft, ControlReportSummary, Role } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { Code } from '../../components/copy.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { SelectField } from '../../components/select.tsx'
import { roleName } from '../people/role-names.ts'
import { useControlsChanged } from './queries.ts'
import { rolesOf } from './report-words.ts'

/** Signs a report by the digest of what was read: whatever was written after that makes it another one, which this does not sign. */
export function SignDialog({
  report,
  draft,
  roles,
  onClose,
}: {
  readonly report: ControlReportSummary
  /** As it was when signing was asked for. */
  readonly draft: ControlReportDraft
  /** In which the person here may sign it; at least one. */
  readonly roles: readonly Role[]
  onClose(): void
}) {
  const [role, setRole] = useState(roles[0])
  const changed = useControlsChanged()
  const sign = useMutation({
    mutationFn: async () => {
      if (role === undefined) return
      const body = { digest: draft.digest, role }
      await withFreshKey(() => call('POST /api/v1/control-reports/{id}/signature', { params: { id: report.id }, body }))
    },
    onSuccess: async () => {
      onClose()
      await changed(`${report.title} is signed`, `It waits for ${rolesOf(report.recipients)} to open it.`)
    },
  })
  const { redactions } = draft.document
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Sign the ${report.title.charAt(0).toLowerCase()}${report.title.slice(1)}`}
      description="After a fresh touch of your security key, under your name."
      submit="Sign"
      busy={sign.isPending}
      ready={role !== undefined}
      problem={sign.error}
      onSubmit={() => sign.mutate()}
    >
      <ul className="flex flex-col gap-1.5">
        <li>
          Nothing in edition {report.edition} can be changed after that; what is to be said otherwise is the next.
        </li>
        <li>{rolesOf(report.recipients)} must open it; that is the receipt.</li>
        {report.public && (
          <li>
            Its public edition can be read then,{' '}
            {redactions.length === 0
              ? 'with every word: nothing is redacted.'
              : `without what ${redactions.length === 1 ? '1 redaction takes' : `${redactions.length} redactions take`} out.`}
          </li>
        )}
      </ul>
      {roles.length > 1 && role !== undefined && (
        <SelectField<Role>
          label="As"
          value={role}
          onChange={setRole}
          choices={roles.map((one) => ({ value: one, label: roleName(one) }))}
        />
      )}
      <p className="text-quiet">
        SHA-256 of what you sign: <Code>{draft.digest}</Code>
      </p>
    </FormDialog>
  )
}
