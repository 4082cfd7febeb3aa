import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { call } from '../../app/api/client.ts'
import type { AppealDetail, AppealWords } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { SubjectLink } from '../accounts/subject-name.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { Contested } from './contested.tsx'
import { Due } from './due.tsx'
import { Hearing } from './hearing.tsx'
import { appealQuery } from './queries.ts'
import { STATES } from './words.ts'

/** One appeal: what was written, what it contests, and the hearing. */
export function AppealPage() {
  const { id } = useParams({ from: '/shell/appeals/$id' })
  const { data: appeal } = useSuspenseQuery(appealQuery(id))
  const [state, words] = STATES[appeal.state]
  return (
    <Page
      title={appeal.about.type === 'action' ? 'Appeal against an action' : 'Appeal against a refusal'}
      summary={
        <>
          <StateMark state={state}>{words}</StateMark> · {appeal.state === 'open' ? '' : 'closed '}
          <Due appeal={appeal} />
        </>
      }
    >
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-6">
          <Writing key={`${appeal.id} ${appeal.state}`} appeal={appeal} />
          {appeal.state === 'open' && (
            <Section title="The hearing">
              <Hearing appeal={appeal} />
            </Section>
          )}
          <Section title="About this appeal">
            <About appeal={appeal} />
          </Section>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Contested about={appeal.about} />
        </div>
      </div>
      <History id={appeal.id} />
    </Page>
  )
}

/** What was written stays closed until somebody opens it, which is put on record first. */
function Writing({ appeal: { id, textsErased } }: { readonly appeal: AppealDetail }) {
  const read = useMutation({ mutationFn: () => call('POST /api/v1/appeals/{id}/read', { params: { id } }) })
  return (
    <Section title="What was written">
      {read.data !== undefined ? (
        <Words words={read.data} />
      ) : textsErased ? (
        <p className="text-quiet">It was erased, as the time for keeping it is over.</p>
      ) : (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line bg-sunken p-3">
          <p className="text-quiet">Sealed. That you read it is recorded before it is shown.</p>
          <Button busy={read.isPending} onClick={() => read.mutate()}>
            Read it
          </Button>
        </div>
      )}
      {read.error !== null && <ProblemNote problem={read.error} />}
    </Section>
  )
}

function Words({ words: { claim, contact, answer } }: { readonly words: AppealWords }) {
  return (
    <div className="flex flex-col gap-3">
      <blockquote className="max-h-96 overflow-y-auto rounded-md border border-line p-3 whitespace-pre-wrap">
        {claim ?? 'It was erased.'}
      </blockquote>
      {contact !== null && <p className="text-quiet">Wants the answer at {contact}</p>}
      {answer !== null && (
        <div>
          <h3 className="text-xs font-medium text-quiet">The answer</h3>
          <blockquote className="mt-1 rounded-md border border-line bg-sunken p-3 whitespace-pre-wrap">
            {answer}
          </blockquote>
        </div>
      )}
    </div>
  )
}

function About({ appeal }: { readonly appeal: AppealDetail }) {
  const { id, channel, organisationId, filedAt, dueAt, hearer, takenAt, decidedBy, decidedAt, effects, restored } =
    appeal
  return (
    <Facts
      rows={[
        ['Receipt', <Code key="id">{id}</Code>],
        ['Came by', channel === 'public' ? 'the public form' : 'the customer’s key'],
        ...(organisationId === null
          ? []
          : [['Customer', <SubjectLink key="o" subject={{ type: 'organisation', id: organisationId }} />] as const]),
        ['Filed', <When key="filed" at={filedAt} />],
        ['Due', exactly(dueAt)],
        ...(hearer === null || decidedBy !== null
          ? []
          : [
              [
                'Heard by',
                <>
                  <PersonName id={hearer} link />
                  {takenAt !== null && (
                    <span className="text-quiet">
                      , taken <When at={takenAt} />
                    </span>
                  )}
                </>,
              ] as const,
            ]),
        ...(decidedBy === null || decidedAt === null
          ? []
          : [
              [
                'Decided',
                <>
                  by <PersonName id={decidedBy} link />, <When at={decidedAt} />
                </>,
              ] as const,
            ]),
        ...(effects === 'none'
          ? []
          : [
              [
                'What followed from it',
                effects === 'pending' ? (
                  <StateMark state="watch">is being undone</StateMark>
                ) : (
                  <>
                    <StateMark state="holds">undone</StateMark>
                    <span className="text-quiet">
                      {' '}
                      · {restored.length === 0 ? 'nothing was left' : restored.join(', ')}
                    </span>
                  </>
                ),
              ] as const,
            ]),
        ...(appeal.falsePositive ? [['Labelled', 'false positive'] as const] : []),
      ]}
    />
  )
}
