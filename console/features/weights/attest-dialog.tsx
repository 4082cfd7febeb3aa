import { useState } from 'react'
import { TextArea, TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { AskApproval } from './ask-approval.tsx'

const ENVIRONMENT_ACTION = 'weights.environment'
const KINDS = ['slurm', 'kubernetes', 'vllm', 'training', 'other'] as const
type Kind = (typeof KINDS)[number]

/** How an environment is set up and where its protection ends: signed by two. */
export function AttestDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('')
  const [kind, setKind] = useState<Kind>('kubernetes')
  const [settings, setSettings] = useState('')
  const [boundary, setBoundary] = useState('')
  const [evidence, setEvidence] = useState('')
  const read = settingsOf(settings)
  const whole = [name, boundary, evidence].every((text) => text.trim() !== '') && read !== null
  return (
    <AskApproval
      wide
      title="Attest an environment"
      description="A second person must agree. What stood under this name is replaced."
      action={ENVIRONMENT_ACTION}
      payload={
        whole ? { name: name.trim(), kind, settings: read, boundary: boundary.trim(), evidence: evidence.trim() } : null
      }
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label="Name" value={name} onChange={setName} maxLength={80} placeholder="gpu-cluster-2" />
        <SelectField<Kind>
          label="Kind"
          value={kind}
          onChange={setKind}
          choices={KINDS.map((one) => ({ value: one, label: one }))}
        />
      </div>
      <TextArea
        label="Settings that were looked at"
        value={settings}
        onChange={setSettings}
        placeholder={'network_policy = deny-all\nswap = false'}
        error={settings.trim() !== '' && read === null ? 'one a line: name = value' : null}
        hint="One a line: name = value."
      />
      <TextArea
        label="Plaintext boundary"
        value={boundary}
        onChange={setBoundary}
        maxLength={4000}
        hint="Up to where the plaintext is protected, and where it is not."
      />
      <TextField
        label="Evidence"
        value={evidence}
        onChange={setEvidence}
        maxLength={500}
        hint="Where it is on record who looked, and at what."
      />
    </AskApproval>
  )
}

/** Null when a line is no setting. */
function settingsOf(text: string): Record<string, string | number | boolean> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const pairs = lines.map((line) => /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*=\s*(.+?)\s*$/.exec(line))
  if (pairs.length === 0 || pairs.some((pair) => pair === null)) return null
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', settingOf(pair[2] ?? '')]])))
}

function settingOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : text
}
