import { type ReactNode, useState } from 'react'
import type { ReportAct, ReportDetail } from '../../app/api/schema.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { useAct } from './acts.tsx'
import { CLOSINGS, type ClosingName } from './words.ts'

interface ActDialogProps {
  readonly report: ReportDetail
  readonly onClose: () => void
}

function ActDialog({
  report,
  onClose,
  title,
  description,
  act,
  done,
  confirm,
  ready,
  children,
}: ActDialogProps & {
  readonly title: string
  readonly description: string
  readonly act: ReportAct
  readonly done: string
  readonly confirm: string
  readonly ready: boolean
  readonly children: ReactNode
}) {
  const take = useAct(report.id)
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={title}
      description={description}
      submit={confirm}
      busy={take.isPending}
      ready={ready}
      onSubmit={() => take.mutate({ act, done }, { onSuccess: onClose })}
      problem={take.error}
    >
      {children}
    </FormDialog>
  )
}

export function CloseDialog({ report, onClose }: ActDialogProps) {
  const mended = report.state === 'mitigated'
  const [as, setAs] = useState<ClosingName>(mended ? 'fixed' : 'not_reproduced')
  const [words, setWords] = useState('')
  const written = words.trim()
  return (
    <ActDialog
      report={report}
      onClose={onClose}
      title="Close the report"
      description="Its words go after the time that was said; it can be opened again until then."
      act={{ act: 'close', as, words: written === '' ? null : written }}
      done="Closed"
      confirm="Close it"
      ready
    >
      {mended ? (
        <p>It is closed as fixed.</p>
      ) : (
        <SelectField<ClosingName>
          label="As"
          value={as}
          onChange={setAs}
          choices={(Object.keys(CLOSINGS) as (keyof typeof CLOSINGS)[]).map((value) => ({
            value,
            label: CLOSINGS[value][0],
            note: CLOSINGS[value][1],
          }))}
        />
      )}
      <TextArea
        label="For who reported"
        value={words}
        onChange={setWords}
        maxLength={2000}
        hint="They read exactly this under their receipt. Left empty, nothing is sent."
      />
    </ActDialog>
  )
}

const REMEDIES = {
  policy: ['A version of the policy', 'its name: 2026.11.2'],
  checkpoint: ['Another checkpoint', 'model/checkpoint'],
  classifier: ['Another classifier', 'the id of the one that is in use now'],
  configuration: ['The configuration', 'what was changed, and where that is on record'],
} as const
type RemedyKind = keyof typeof REMEDIES

export function MitigateDialog({ report, onClose }: ActDialogProps) {
  const [kind, setKind] = useState<RemedyKind>('policy')
  const [reference, setReference] = useState('')
  const [words, setWords] = useState('')
  const remedy = { kind, reference: reference.trim(), words: words.trim() }
  return (
    <ActDialog
      report={report}
      onClose={onClose}
      title="It is mended"
      description="What it names is looked up now, and again whenever the chain is shown."
      act={{ act: 'mitigate', remedy }}
      done="On record as mended"
      confirm="It is mended"
      ready={remedy.reference !== '' && remedy.words !== ''}
    >
      <SelectField<RemedyKind>
        label="By"
        value={kind}
        onChange={setKind}
        choices={(Object.keys(REMEDIES) as RemedyKind[]).map((value) => ({ value, label: REMEDIES[value][0] }))}
      />
      <TextField
        label="Which"
        value={reference}
        onChange={setReference}
        maxLength={200}
        hint={REMEDIES[kind][1]}
        required
      />
      <TextArea label="What it does" value={words} onChange={setWords} maxLength={2000} required />
    </ActDialog>
  )
}

export function ReopenDialog({ report, onClose }: ActDialogProps) {
  const [words, setWords] = useState('')
  return (
    <ActDialog
      report={report}
      onClose={onClose}
      title="Open it again"
      description="It begins anew: confirmation and remedy are taken back, what was tried stays."
      act={{ act: 'reopen', words: words.trim() }}
      done="Open again"
      confirm="Open it again"
      ready={words.trim() !== ''}
    >
      <TextArea label="Why" value={words} onChange={setWords} maxLength={2000} required />
    </ActDialog>
  )
}
