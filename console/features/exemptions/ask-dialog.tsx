import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { ExemptionScope } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { useChoices } from '../../components/use-choices.ts'
import { useAsk } from '../approvals/use-ask.ts'
import { termsQuery } from './queries.ts'

const DEFAULT_DAYS = '7'

/** Asks for an exemption; it holds when a second person has agreed. */
export function AskDialog({ onClose }: { onClose(): void }) {
  const [type, setType] = useState<ExemptionScope['type']>('project')
  const [id, setId] = useState('')
  const [projectId, setProjectId] = useState('')
  const [clauses, toggle] = useChoices<string>()
  const [days, setDays] = useState(DEFAULT_DAYS)
  const [reason, setReason] = useState('')
  const [riskNote, setRiskNote] = useState('')
  const terms = useQuery(termsQuery)
  const ask = useAsk({
    send: async () => {
      const scope: ExemptionScope =
        type === 'end_user' ? { type, id: id.trim(), projectId: projectId.trim() } : { type, id: id.trim() }
      const body = {
        scope,
        clauses: [...clauses],
        reason: reason.trim(),
        riskNote: riskNote.trim(),
        days: Number(days),
      }
      return (await call('POST /api/v1/exemptions', { body })).approvalId
    },
    changed: useAfterChange([['exemptions'], ['approvals']], { session: true }),
    onClose,
  })
  const whole = [id, reason, riskNote, ...(type === 'end_user' ? [projectId] : [])].every((text) => text.trim() !== '')
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      wide
      title="Ask for an exemption"
      description="It stops blocking and nothing else: exempt traffic is screened and recorded like all other."
      submit="Ask for it"
      busy={ask.isPending}
      ready={whole && clauses.size > 0 && Number(days) >= 1}
      problem={ask.error}
      onSubmit={() => ask.mutate()}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField<ExemptionScope['type']>
          label="Whose traffic"
          value={type}
          onChange={setType}
          choices={[
            { value: 'project', label: 'a project' },
            { value: 'key', label: 'a key' },
            { value: 'end_user', label: 'an end user', note: 'within one project' },
          ]}
        />
        <TextField label="Identifier" value={id} onChange={setId} placeholder={PLACEHOLDERS[type]} maxLength={100} />
      </div>
      {type === 'end_user' && (
        <TextField label="In project" value={projectId} onChange={setProjectId} placeholder="prj_…" maxLength={100} />
      )}
      {terms.error !== null && <ProblemNote problem={terms.error} />}
      {terms.data === undefined ? (
        <Skeleton className="h-40" />
      ) : (
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-xs font-medium text-quiet">
            Clauses of policy {terms.data.policyVersion}
            {clauses.size > 0 && ` · ${count(clauses.size, 'clause')} chosen`}
          </legend>
          <div className="max-h-48 overflow-y-auto rounded-md border border-edge py-1">
            {terms.data.clauses
              .filter(({ labels }) => labels.length > 0)
              .map(({ id: clause, title, severity, exemptible }) => (
                <label
                  key={clause}
                  className="flex items-baseline gap-2 px-2.5 py-0.5 hover:bg-sunken has-disabled:cursor-not-allowed has-disabled:text-quiet"
                >
                  <input
                    type="checkbox"
                    checked={clauses.has(clause)}
                    disabled={!exemptible}
                    onChange={() => toggle(clause)}
                    className="translate-y-0.5 accent-accent"
                  />
                  <span className="w-10 shrink-0">{clause}</span>
                  <span className="grow">{title}</span>
                  <span className="text-quiet">{exemptible ? severity : 'nobody is exempted'}</span>
                </label>
              ))}
          </div>
        </fieldset>
      )}
      <TextField
        label="Days"
        type="number"
        min={1}
        max={terms.data?.maxDays}
        value={days}
        onChange={setDays}
        hint={
          terms.data === undefined
            ? 'Counted from the agreement on.'
            : `Counted from the agreement on; at most ${terms.data.maxDays}.`
        }
      />
      <TextArea
        label="Reason"
        value={reason}
        onChange={setReason}
        maxLength={2000}
        hint="Part of what the second person signs."
      />
      <TextArea
        label="Risk"
        value={riskNote}
        onChange={setRiskNote}
        maxLength={2000}
        hint="What could go wrong, and what guards against it."
      />
    </FormDialog>
  )
}

const PLACEHOLDERS: Record<ExemptionScope['type'], string> = { project: 'prj_…', key: 'key_…', end_user: 'eu_…' }
