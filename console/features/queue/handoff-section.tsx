import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReviewCaseDetail, ReviewHandoff, ReviewHandoffForm } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Facts, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useToast } from '../../components/toast.tsx'
import { exactly } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { handoffQuery, useRefreshQueue } from './queries.ts'

type IncidentType = ReviewHandoffForm['incidentType']
/** As the interface of the CyberTipline names them. */
const INCIDENTS: readonly IncidentType[] = [
  'Child Pornography (possession, manufacture, and distribution)',
  'Child Sex Trafficking',
  'Child Sex Tourism',
  'Child Sexual Molestation',
  'Misleading Domain Name',
  'Misleading Words or Digital Images on the Internet',
  'Online Enticement of Children for Sexual Acts',
  'Unsolicited Obscene Material Sent to a Child',
]

/** The report of a restricted case to the authority: filled in here, sent by a person, elsewhere. */
export function HandoffSection({ one }: { readonly one: ReviewCaseDetail }) {
  const { may } = usePermissions()('review.restricted')
  const { data, error } = useQuery({ ...handoffQuery(one.id), enabled: may })
  if (!may) return null
  return (
    <Section title="Report to the authority" note={<HandoffMark state={one.handoff} />}>
      <p className="max-w-prose text-quiet">
        Nothing is sent from here. Fill in the form, send the report by the authority’s own way, then write down its
        number. Whether, to whom and by when you must report is for your counsel to say.
      </p>
      {error !== null ? (
        <ProblemNote problem={error} />
      ) : data === undefined ? (
        <Skeleton className="w-64" />
      ) : data !== null && data.sentAt !== null ? (
        <Sent handoff={data} />
      ) : (
        <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,24rem)]">
          <Form key={data?.draftedAt ?? 'new'} one={one} before={data} />
          {data !== null && <SentForm id={one.id} />}
        </div>
      )}
    </Section>
  )
}

function HandoffMark({ state }: { readonly state: ReviewCaseDetail['handoff'] }) {
  if (state === 'sent') return <StateMark state="holds">sent</StateMark>
  if (state === 'drafted') return <StateMark state="watch">filled in, not sent</StateMark>
  return state === 'owed' ? <StateMark state="fails">owed</StateMark> : 'owed once the suspicion is upheld'
}

function Sent({ handoff: { form, sentBy, sentAt, reportNumber } }: { readonly handoff: ReviewHandoff }) {
  return (
    <Facts
      rows={[
        ['Report number', reportNumber ?? '–'],
        ['Sent', sentAt === null ? '–' : exactly(sentAt)],
        ['By', sentBy === null ? '–' : <PersonName key="by" id={sentBy} />],
        ['Incident', form.incidentType],
      ]}
    />
  )
}

function Form({ one, before }: { readonly one: ReviewCaseDetail; readonly before: ReviewHandoff | null }) {
  const refresh = useRefreshQueue()
  const toast = useToast()
  const [form, setForm] = useState<ReviewHandoffForm>(before?.form ?? blank(one))
  const set = (part: Partial<ReviewHandoffForm>) => setForm((was) => ({ ...was, ...part }))
  const save = useMutation({
    mutationFn: async () => {
      await withFreshKey(() =>
        call('POST /api/v1/review/cases/{id}/handoff', {
          params: { id: one.id },
          body: { ...form, decisions: form.decisions.filter(Boolean) },
        }),
      )
      toast('The form is kept', 'It can be changed until the report is sent.')
      await refresh()
    },
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <SelectField<IncidentType>
        label="Kind of incident"
        value={form.incidentType}
        onChange={(incidentType) => set({ incidentType })}
        choices={INCIDENTS.map((value) => ({ value, label: value }))}
      />
      <TextField
        label="When it happened"
        type="datetime-local"
        required
        value={exactly(form.incidentAt).slice(0, 16).replace(' ', 'T')}
        onChange={(text) => {
          const ms = Date.parse(text)
          if (!Number.isNaN(ms)) set({ incidentAt: new Date(ms).toISOString() })
        }}
      />
      <TextField
        label="Service through which it happened"
        required
        value={form.service}
        onChange={(service) => set({ service })}
      />
      {one.decisions.length === 0 && (
        <TextField
          label="Requests that it rests on"
          required
          hint="Their identifiers, with spaces between: dec_…"
          value={form.decisions.join(' ')}
          onChange={(text) => set({ decisions: text.split(/\s/) })}
        />
      )}
      <SelectField<'yes' | 'no'>
        label="Did somebody here view all of it?"
        value={form.viewedByProvider ? 'yes' : 'no'}
        onChange={(viewed) => set({ viewedByProvider: viewed === 'yes' })}
        choices={[
          { value: 'yes', label: 'yes' },
          { value: 'no', label: 'no' },
        ]}
      />
      <TextArea
        label="Why it cannot wait"
        hint="Only where a child is in danger now; leave it empty otherwise."
        value={form.highPriority ?? ''}
        maxLength={3_000}
        onChange={(text) => set({ highPriority: text === '' ? null : text })}
      />
      <TextArea
        label="What is known of the person"
        value={form.reportedPerson.known ?? ''}
        maxLength={3_000}
        onChange={(known) => set({ reportedPerson: { ...form.reportedPerson, known } })}
      />
      <TextArea
        label="Anything else"
        value={form.additionalInfo ?? ''}
        maxLength={10_000}
        onChange={(additionalInfo) => set({ additionalInfo })}
      />
      <TextField
        label="Another authority that must be told"
        value={form.jurisdiction ?? ''}
        maxLength={200}
        onChange={(jurisdiction) => set({ jurisdiction })}
      />
      {save.error !== null && <ProblemNote problem={save.error} />}
      <Button
        type="submit"
        look={before === null ? 'primary' : 'secondary'}
        busy={save.isPending}
        className="self-start"
      >
        Keep the form
      </Button>
    </form>
  )
}

function blank(one: ReviewCaseDetail): ReviewHandoffForm {
  const { endUser, organisation, project, key, decisions, openedAt } = one
  return {
    incidentType: INCIDENTS[0] ?? 'Child Pornography (possession, manufacture, and distribution)',
    incidentAt: openedAt,
    highPriority: null,
    service: one.model ?? '',
    generativeAi: true,
    viewedByProvider: false,
    reportedPerson: { endUser, organisation, project, key, known: '' },
    decisions,
    additionalInfo: '',
    jurisdiction: '',
  }
}

function SentForm({ id }: { readonly id: string }) {
  const refresh = useRefreshQueue()
  const toast = useToast()
  const [reportNumber, setReportNumber] = useState('')
  const record = useMutation({
    mutationFn: async () => {
      const body = { reportNumber: reportNumber.trim(), sentAt: new Date().toISOString() }
      await withFreshKey(() => call('POST /api/v1/review/cases/{id}/handoff/sent', { params: { id }, body }))
      toast('Recorded as sent')
      await refresh()
    },
  })
  return (
    <form
      className="flex flex-col gap-4 self-start rounded-md border border-line p-3"
      onSubmit={(event) => {
        event.preventDefault()
        record.mutate()
      }}
    >
      <h3>Sent?</h3>
      <TextField
        label="Number of the report"
        hint="As the authority confirmed it. It goes on the ledger; the form changes no more after that."
        value={reportNumber}
        maxLength={100}
        onChange={setReportNumber}
      />
      {record.error !== null && <ProblemNote problem={record.error} />}
      <Button
        type="submit"
        look="primary"
        busy={record.isPending}
        disabled={reportNumber.trim() === ''}
        className="self-start"
      >
        I have sent it
      </Button>
    </form>
  )
}
