import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ConcernView, ConcernWithWords } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { Answer } from './answer.tsx'
import { Closing } from './closing.tsx'
import { Corrections } from './corrections.tsx'
import { concernQuery } from './queries.ts'
import { OFFICES, OUTCOMES, STATES, STEPS, TOPICS } from './words.ts'

/** One report of noncompliance: what was written, the talk with its writer, what is corrected, how it is closed. */
export function ConcernPage() {
  const { id } = useParams({ from: '/shell/noncompliance/$id' })
  const { data: concern } = useSuspenseQuery(concernQuery(id))
  const client = useQueryClient()
  const read = useMutation({
    mutationFn: () => call('POST /api/v1/noncompliance/{id}/read', { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['noncompliance'] }),
  })
  const words = read.data ?? null
  const changed = async () => {
    await client.invalidateQueries({ queryKey: ['noncompliance'] })
    if (words !== null) read.mutate()
  }
  const [state, says] = STATES[concern.state]
  return (
    <Page
      title={`Noncompliance: ${TOPICS[concern.topic]}`}
      summary={
        <>
          <StateMark state={state}>{says}</StateMark>
          {concern.outcome !== null && ` · ${OUTCOMES[concern.outcome]}`} · filed <When at={concern.filedAt} />
        </>
      }
      actions={concern.mayAct && <Actions concern={concern} onChanged={changed} />}
    >
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="What was written">
            {words === null ? (
              <div className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line bg-sunken p-3">
                <p className="text-quiet">Sealed. That you read it is recorded before it is shown.</p>
                <Button busy={read.isPending} onClick={() => read.mutate()}>
                  Read it
                </Button>
              </div>
            ) : (
              <Story words={words} />
            )}
            {read.error !== null && <ProblemNote problem={read.error} />}
          </Section>
          {words !== null && <Talk words={words} onChanged={changed} />}
          <Closing concern={concern} onChanged={changed} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Corrections concern={concern} words={words} onChanged={changed} />
          <Section title="About this report">
            <About concern={concern} />
          </Section>
          <History concern={concern} />
        </div>
      </div>
    </Page>
  )
}

function Story({ words: { story, name, conclusion } }: { readonly words: ConcernWithWords }) {
  return (
    <div className="flex flex-col gap-3">
      <Quote>{story}</Quote>
      <p className="text-quiet">{name === null ? 'Anonymous.' : `From ${name}.`}</p>
      {conclusion !== null && (
        <div>
          <h3 className="text-xs font-medium text-quiet">What its writer is told at the end</h3>
          <Quote>{conclusion}</Quote>
        </div>
      )}
    </div>
  )
}

function Talk({ words, onChanged }: { readonly words: ConcernWithWords; onChanged(): Promise<void> }) {
  return (
    <Section title="With its writer" note={count(words.messages.length, 'message')}>
      {words.messages.map(({ number, from, at, text }) => (
        <div key={number}>
          <h3 className="text-xs font-medium text-quiet">
            {from === 'staff' ? 'From us' : 'From the writer'} · <When at={at} />
          </h3>
          <Quote>{text}</Quote>
        </div>
      ))}
      {words.concern.mayAct && <Answer id={words.concern.id} onChanged={onChanged} />}
    </Section>
  )
}

function Quote({ children }: { readonly children: ReactNode }) {
  return (
    <blockquote className="mt-1 max-h-96 overflow-y-auto rounded-md border border-line p-3 whitespace-pre-wrap">
      {children}
    </blockquote>
  )
}

function Actions({ concern, onChanged }: { readonly concern: ConcernView; onChanged(): Promise<void> }) {
  const [asking, setAsking] = useState(false)
  const take = useMutation({
    mutationFn: () => call('POST /api/v1/noncompliance/{id}/take', { params: { id: concern.id } }),
    onSuccess: onChanged,
  })
  const { person } = useMe()
  if (concern.state === 'closed') return null
  return (
    <>
      {take.error !== null && <ProblemNote problem={take.error} />}
      {concern.handler !== person.id && (
        <Button busy={take.isPending} onClick={() => take.mutate()}>
          Look into it
        </Button>
      )}
      {!concern.material && (
        <Button look="danger" onClick={() => setAsking(true)}>
          It is a material risk
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Tell the board of a material risk?"
        effects={[
          'Everybody on the board can read it from now on, unless it is about the board.',
          'This can’t be taken back.',
        ]}
        confirm="Tell the board"
        onConfirm={async () => {
          await call('POST /api/v1/noncompliance/{id}/material', { params: { id: concern.id } })
          await onChanged()
        }}
      />
    </>
  )
}

function About({ concern }: { readonly concern: ConcernView }) {
  return (
    <Facts
      rows={[
        ['Readers', concern.recipients.map((role) => OFFICES[role]).join(', ')],
        [
          'About',
          concern.about.roles.length === 0
            ? 'no office in particular'
            : `${concern.about.roles.map((role) => OFFICES[role]).join(', ')}: none of them sees it`,
        ],
        ['In the hands of', concern.handler === null ? 'nobody yet' : <PersonName key="h" id={concern.handler} />],
        ['First answer', concern.answeredAt === null ? 'none yet' : <When key="a" at={concern.answeredAt} />],
        ...(concern.material ? [['Material risk', 'the board was told'] as const] : []),
        ['Identifier', <Code key="id">{concern.id}</Code>],
      ]}
    />
  )
}

function History({ concern }: { readonly concern: ConcernView }) {
  return (
    <Section title="History" note="each step is a sealed event on the ledger">
      <ol className="divide-y divide-line border-y border-line">
        {concern.history.map(({ step, at, by, event }) => (
          <li key={event} className="flex flex-wrap items-baseline gap-x-2 py-1.5">
            <span>{STEPS[step]}</span>
            <span className="text-quiet">by {by === null ? 'its writer' : <PersonName id={by} />}</span>
            <span className="grow" />
            <When at={at} />
          </li>
        ))}
      </ol>
    </Section>
  )
}
