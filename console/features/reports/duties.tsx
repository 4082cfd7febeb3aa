import { useState } from 'react'
import type { ReportDetail, StatuteId } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { useAct } from './acts.tsx'
import { Clocks } from './clocks.tsx'

const DUTIES: Record<StatuteId, string> = {
  sb53_imminent: 'SB 53: imminent risk of death or serious injury (24 hours)',
  eu_infrastructure: 'EU Code: disruption of critical infrastructure (2 days)',
  eu_cybersecurity: 'EU Code: serious cybersecurity breach (5 days)',
  eu_death: 'EU Code: death of a person (10 days)',
  eu_serious_harm: 'EU Code: other serious harm (15 days)',
  sb53_incident: 'SB 53: critical safety incident (15 days)',
}

/** What is promised by when; duties by law are switched on by people, report by report. */
export function ReportClocks({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const [asked, setAsked] = useState<'duties' | 'aware' | null>(null)
  return (
    <Section
      title="Clocks"
      note="counted from awareness"
      actions={
        may ? (
          <span className="flex gap-1">
            <Button small look="quiet" onClick={() => setAsked('aware')}>
              Aware since
            </Button>
            <Button small onClick={() => setAsked('duties')}>
              Duties by law
            </Button>
          </span>
        ) : undefined
      }
    >
      <Clocks clocks={report.clocks} />
      {report.clocks.some(({ statutory }) => statutory) && (
        <p className="text-xs text-quiet">Reckoned from the texts; not legal advice.</p>
      )}
      {asked === 'duties' && <DutiesDialog report={report} onClose={() => setAsked(null)} />}
      {asked === 'aware' && <AwareDialog report={report} onClose={() => setAsked(null)} />}
    </Section>
  )
}

function DutiesDialog({ report, onClose }: { readonly report: ReportDetail; readonly onClose: () => void }) {
  const act = useAct(report.id)
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Duties by law"
      description="Whether one applies is for people to say, with counsel: this only reckons the time."
      actions={<Button onClick={onClose}>Done</Button>}
    >
      <ul className="flex flex-col divide-y divide-line">
        {(Object.keys(DUTIES) as StatuteId[]).map((id) => {
          const known = report.triage.duties.find((duty) => duty.id === id)
          return (
            <li key={id} className="flex flex-wrap items-center justify-between gap-2 py-2">
              <label className="flex min-w-0 flex-1 items-center gap-2">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={known !== undefined}
                  disabled={act.isPending}
                  onChange={(event) =>
                    act.mutate({ act: { act: 'duty', id, on: event.currentTarget.checked }, done: 'On record' })
                  }
                />
                <span>{DUTIES[id]}</span>
              </label>
              {known !== undefined && known.reportedAt === null && (
                <Button
                  small
                  busy={act.isPending}
                  onClick={() =>
                    act.mutate({ act: { act: 'duty_done', id, at: nowInUtc() }, done: 'On record as told' })
                  }
                >
                  They are told
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      {act.error !== null && <ProblemNote problem={act.error} />}
    </Dialog>
  )
}

function AwareDialog({ report, onClose }: { readonly report: ReportDetail; readonly onClose: () => void }) {
  const [at, setAt] = useState('')
  const [words, setWords] = useState('')
  const act = useAct(report.id)
  const save = () =>
    act.mutate(
      { act: { act: 'aware', at: new Date(at).toISOString(), words: words.trim() }, done: 'On record' },
      { onSuccess: onClose },
    )
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Aware since"
      description="Where you knew before the report came, every clock counts from then."
      submit="Put on record"
      busy={act.isPending}
      ready={at !== '' && words.trim() !== ''}
      onSubmit={save}
      problem={act.error}
    >
      <TextField
        label="Since"
        type="datetime-local"
        value={at}
        onChange={setAt}
        hint="In the time of this machine."
        required
      />
      <TextArea label="How you knew" value={words} onChange={setWords} maxLength={2000} required />
    </FormDialog>
  )
}

function nowInUtc(): string {
  return new Date().toISOString()
}
