import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { ControlView } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code, CopyText } from '../../components/copy.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { sentence } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { day, useNow, When } from '../../components/when.tsx'
import { usePending } from '../approvals/pending.ts'
import { WaitingRequests } from '../approvals/waiting-requests.tsx'
import { PersonName } from '../people/person-name.tsx'
import { AttestDialog } from './attest-dialog.tsx'
import { Evidence } from './evidence.tsx'
import { EXCEPTION_ACTION, ExceptionDialog } from './exception-dialog.tsx'
import { controlQuery } from './queries.ts'
import { StateStrip } from './state-strip.tsx'
import { FAMILIES, MODES, ownerName, POLICIES, pageNamed, REGIMES, STATE_MARKS } from './words.ts'

/** One commitment: what it asks for, how it stands, on what that rests, and what can be done. */
export function ControlPage() {
  const { id } = useParams({ from: '/shell/controls/$id' })
  const { data: control } = useSuspenseQuery(controlQuery(id))
  const [state, word] = STATE_MARKS[control.state]
  return (
    <Page
      title={`${control.id} ${control.title}`}
      summary={
        <>
          <StateMark state={state}>{word}</StateMark>
          {control.since !== null && (
            <>
              {' '}
              since <When at={control.since} />
            </>
          )}{' '}
          · {FAMILIES[control.family]}
          {!control.inProfile && ' · the profile in force does not ask for it'}
        </>
      }
      actions={<Acts control={control} />}
    >
      <Standing control={control} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="What it asks for">
            <p className="max-w-prose">{control.statement}</p>
            <p className="max-w-prose text-quiet">
              <WithCode text={control.guidance} />
            </p>
          </Section>
          <Section title="Evidence" note="what the state rests on">
            <Evidence items={control.evidence} />
          </Section>
          <Section title="How it stood" note="the newest changes">
            <StateStrip history={control.history} />
            {control.history.length === 0 ? (
              <p className="text-quiet">Nothing is on record yet: the first look that finds something begins it.</p>
            ) : (
              <Changes history={control.history} />
            )}
          </Section>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="About it">
            <About control={control} />
          </Section>
          <Section title="Said by people">
            <Attested control={control} />
          </Section>
          {control.exceptions.length > 0 && (
            <Section title="Exceptions">
              <Exceptions control={control} />
            </Section>
          )}
        </div>
      </div>
    </Page>
  )
}

/** How it stands in words, what mends it, and what waits for a second person. */
function Standing({ control }: { readonly control: ControlView }) {
  const pending = usePending(EXCEPTION_ACTION, 'control', control.id)
  const [state, word] = STATE_MARKS[control.state]
  return (
    <>
      <div className="flex flex-col gap-2 rounded-md border border-line bg-sunken p-3">
        <p>
          <StateMark state={state}>{sentence(word)}</StateMark> {control.says}
        </p>
        {control.next !== null && control.state !== 'holds' && <Next words={control.next} />}
        {control.exception !== null && (
          <p className="text-quiet">
            Two people accept this until {day(control.exception.until)} (<When at={control.exception.until} />
            ). The state stays what it is.
          </p>
        )}
      </div>
      <WaitingRequests approvals={pending} words={() => 'for an exception'} />
    </>
  )
}

/** What stands between backticks is a command. */
function WithCode({ text }: { readonly text: string }) {
  return text.split('`').map((part, i) => (i % 2 === 1 ? <Code key={part}>{part}</Code> : part))
}

/** A command is there to be copied; a page of the console to be opened. */
function Next({ words }: { readonly words: string }) {
  const page = pageNamed(words)
  if (page !== null)
    return (
      <p>
        <AppLink href={page} className={INLINE_LINK}>
          Where to mend it
        </AppLink>
      </p>
    )
  if (words.startsWith('safelevel ')) return <CopyText label="command" text={words} />
  return <p className="text-quiet">{words}</p>
}

function Acts({ control }: { readonly control: ControlView }) {
  const [dialog, setDialog] = useState<'attest' | 'except' | null>(null)
  const permission = usePermissions()
  const { roles } = useMe()
  const isOwner = roles.some((role) => role === control.owner)
  const close = () => setDialog(null)
  return (
    <>
      {permission('controls.except').may && control.state !== 'holds' && control.exception === null && (
        <Button onClick={() => setDialog('except')}>Ask for an exception</Button>
      )}
      {permission('controls.attest').may && isOwner && (
        <Button look="primary" onClick={() => setDialog('attest')}>
          Attest
        </Button>
      )}
      {dialog === 'attest' && <AttestDialog control={control} onClose={close} />}
      {dialog === 'except' && <ExceptionDialog control={control.id} onClose={close} />}
    </>
  )
}

function About({ control }: { readonly control: ControlView }) {
  const { sources, lineage = [], mappings = {} } = control
  return (
    <Facts
      rows={[
        ['Mode', `${control.mode}: ${MODES[control.mode]}`],
        ['Answers for it', ownerName(control.owner)],
        ['From', <Lines key="from" items={sources.map(({ policy, clause }) => `${POLICIES[policy]} ${clause}`)} />],
        ...(lineage.length === 0
          ? []
          : [
              [
                'Between editions',
                <ol key="lineage" className="flex flex-col gap-1">
                  {lineage.map(({ policy, change, by = [], reason }) => (
                    <li key={`${policy} ${change}`}>
                      {POLICIES[policy]}: <span className="font-medium">{change}</span>
                      {by.length > 0 && ` by ${by.join(', ')}`}
                      {reason !== undefined && <span className="block text-quiet">{reason}</span>}
                    </li>
                  ))}
                </ol>,
              ] as const,
            ]),
        ['Asked for by', control.profiles.length === 0 ? 'no profile any more' : control.profiles.join(', ')],
        ...Object.entries(mappings).map(
          ([regime, places = []]) => [REGIMES[regime] ?? regime, <Lines key={regime} items={places} />] as const,
        ),
      ]}
    />
  )
}

function Lines({ items }: { readonly items: readonly string[] }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  )
}

function Attested({ control }: { readonly control: ControlView }) {
  const now = useNow()
  if (control.attestations.length === 0)
    return (
      <p className="text-quiet">
        Nobody has attested it.{' '}
        {control.mode === 'tracked'
          ? `No software can see it: until somebody who is ${ownerName(control.owner)} does, it is unknown.`
          : 'A probe looks at it; what people say comes beside that.'}
      </p>
    )
  return (
    <ul className="divide-y divide-line border-y border-line">
      {control.attestations.map(({ id, holds, statement, references, by, at, until }) => (
        <li key={id} className="flex flex-col gap-0.5 py-2">
          <span className="flex flex-wrap items-baseline justify-between gap-x-4">
            <StateMark state={Date.parse(until) <= now ? 'unknown' : holds ? 'holds' : 'fails'}>
              {holds ? 'it holds' : 'it does not hold'}
            </StateMark>
            <span className="text-quiet">
              {Date.parse(until) <= now ? 'counted' : 'counts'} until {day(until)}
            </span>
          </span>
          <span>{statement}</span>
          {references.map(({ what }) => (
            <span key={what} className="text-quiet">
              {what}
            </span>
          ))}
          <span className="text-xs text-quiet">
            <PersonName id={by} link /> · <When at={at} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function Exceptions({ control }: { readonly control: ControlView }) {
  return (
    <ul className="divide-y divide-line border-y border-line">
      {control.exceptions.map(({ id, reason, mitigation, people, at, until }) => (
        <li key={id} className="flex flex-col gap-0.5 py-2">
          <span className="font-medium">
            {day(at)} to {day(until)}
          </span>
          <span>{reason}</span>
          <span className="text-quiet">Meanwhile: {mitigation}</span>
          <span className="flex flex-wrap gap-x-2 text-xs text-quiet">
            {people.map((person) => (
              <PersonName key={person} id={person} link />
            ))}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Changes({ history }: { readonly history: ControlView['history'] }) {
  return (
    <ul className="divide-y divide-line border-y border-line">
      {history.map(({ id, to, says, at }) => (
        <li key={id} className="flex flex-wrap items-baseline gap-x-4 py-1.5">
          <StateMark state={STATE_MARKS[to][0]} className="w-24">
            {STATE_MARKS[to][1]}
          </StateMark>
          <span className="min-w-0 grow basis-56 text-quiet">{says}</span>
          <When at={at} />
        </li>
      ))}
    </ul>
  )
}
