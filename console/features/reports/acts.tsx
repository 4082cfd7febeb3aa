import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReportAct, ReportDetail } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { PersonName } from '../people/person-name.tsx'
import { CloseDialog, MitigateDialog, ReopenDialog } from './act-dialogs.tsx'
import { useReportChanged } from './queries.ts'

type Asked = 'close' | 'mitigate' | 'reopen'

/** Does something with a report, and says that it was done. */
export function useAct(id: string) {
  const changed = useReportChanged()
  return useMutation({
    mutationFn: ({ act }: { act: ReportAct; done: string }) =>
      call('POST /api/v1/reports/{id}/acts', { params: { id }, body: act }),
    onSuccess: (_, { done }) => changed(done),
  })
}

/** Who has it, and what can be done now. */
export function Acts({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const { person } = useMe()
  const [asked, setAsked] = useState<Asked | null>(null)
  const act = useAct(report.id)
  const { state, assignee } = report
  const mine = assignee === person.id
  const close = () => setAsked(null)
  return (
    <section
      aria-label="What can be done now"
      className={
        state === 'closed'
          ? 'flex flex-col gap-3 rounded-md border border-line bg-sunken p-3'
          : 'flex flex-col gap-3 rounded-md border border-accent bg-accent-soft p-3'
      }
    >
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-48 flex-1">{assignee === null ? NEXT[state] : <Held report={report} mine={mine} />}</p>
        {may && (
          <span className="flex flex-wrap gap-2">
            {state !== 'closed' && !mine && (
              <Button
                look={assignee === null ? 'primary' : 'secondary'}
                busy={act.isPending}
                onClick={() => act.mutate({ act: { act: 'take' }, done: 'It is yours' })}
              >
                {assignee === null ? 'Take it' : 'Take it over'}
              </Button>
            )}
            {state !== 'closed' && mine && (
              <Button
                busy={act.isPending}
                onClick={() => act.mutate({ act: { act: 'give_back' }, done: 'Given back' })}
              >
                Give it back
              </Button>
            )}
            {state === 'confirmed' && (
              <Button look="primary" onClick={() => setAsked('mitigate')}>
                It is mended
              </Button>
            )}
            {state !== 'closed' && (
              <Button look={state === 'mitigated' ? 'primary' : 'secondary'} onClick={() => setAsked('close')}>
                Close
              </Button>
            )}
            {state === 'closed' && !report.erased && <Button onClick={() => setAsked('reopen')}>Open it again</Button>}
          </span>
        )}
      </div>
      {act.error !== null && <ProblemNote problem={act.error} />}
      {asked === 'close' && <CloseDialog report={report} onClose={close} />}
      {asked === 'mitigate' && <MitigateDialog report={report} onClose={close} />}
      {asked === 'reopen' && <ReopenDialog report={report} onClose={close} />}
    </section>
  )
}

const NEXT: Record<ReportDetail['state'], string> = {
  received: 'Nobody has this yet. Taking it, you look into it: confirm it with a severity, or close it with a reason.',
  triaging: 'Nobody has this now.',
  confirmed: 'Confirmed, and nobody works on it now.',
  mitigated: 'Mended. What is left is to disclose it and to close it.',
  closed: 'Closed.',
}

function Held({ report: { assignee, state }, mine }: { readonly report: ReportDetail; readonly mine: boolean }) {
  if (state === 'closed') return NEXT.closed
  const who = mine || assignee === null ? 'You have' : <PersonName id={assignee} />
  const next: Record<string, string> = {
    triaging: 'Confirm it with a severity, or close it with a reason.',
    confirmed: 'Make it a regression case, have it mended, and name the remedy.',
    mitigated: 'Disclose it, then close it.',
  }
  return (
    <>
      {who} {mine ? 'this.' : 'has this.'} {next[state]}
    </>
  )
}
