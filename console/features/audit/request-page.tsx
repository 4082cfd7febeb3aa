import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { EvidenceRequest, EvidenceStep } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, useNow, When } from '../../components/when.tsx'
import { Actor } from '../ledger/actor.tsx'
import { roleName } from '../people/role-names.ts'
import { AnswerDialog } from './answer-dialog.tsx'
import { requestQuery } from './queries.ts'
import { requestState } from './words.ts'
import { WordsDialog } from './words-dialog.tsx'

type Asked = 'answer' | 'accept' | 'return' | 'withdraw'

/** One request with all that was said, and what can be done now. */
export function RequestPage() {
  const { id } = useParams({ from: '/shell/audit/requests/$id' })
  const { data: request } = useSuspenseQuery(requestQuery(id))
  const [state, word] = requestState(request, useNow())
  const [doing, setDoing] = useState<Asked | null>(null)
  const { title, owner, control, dueAt, overdueAt, steps } = request
  return (
    <Page
      title={title}
      summary={
        <>
          <StateMark state={state}>{word}</StateMark> · asked of {roleName(owner)}
        </>
      }
      actions={<Actions request={request} onDo={setDoing} />}
    >
      <Section title="Request">
        <Facts
          rows={[
            [
              'Due',
              <span key="due">
                {exactly(dueAt)} (<When at={dueAt} />)
              </span>,
            ],
            [
              'Control',
              control === null ? (
                <span key="none" className="text-quiet">
                  none
                </span>
              ) : (
                <AppLink key="control" href={`/controls/${control}`} className={INLINE_LINK}>
                  {control}
                </AppLink>
              ),
            ],
            ...(overdueAt === null ? [] : [['Late', `put on record ${exactly(overdueAt)}`] as const]),
          ]}
        />
      </Section>
      <Section title="What was said">
        <ol className="flex flex-col gap-3">
          {steps.map((step) => (
            <Said key={step.digest} step={step} />
          ))}
        </ol>
      </Section>
      {doing !== null && <Doing request={request} what={doing} onClose={() => setDoing(null)} />}
    </Page>
  )
}

function Actions({ request: { state, owner }, onDo }: { readonly request: EvidenceRequest; onDo(what: Asked): void }) {
  const { roles } = useMe()
  const permissions = usePermissions()
  const judges = permissions('audit.judge').may
  const answers = permissions('audit.answer').may && roles.includes(owner)
  return (
    <>
      {judges && (state === 'open' || state === 'answered') && (
        <Button onClick={() => onDo('withdraw')}>Withdraw</Button>
      )}
      {judges && state === 'answered' && (
        <>
          <Button onClick={() => onDo('return')}>Send back</Button>
          <Button look="primary" onClick={() => onDo('accept')}>
            Accept
          </Button>
        </>
      )}
      {answers && state === 'open' && (
        <Button look="primary" onClick={() => onDo('answer')}>
          Answer
        </Button>
      )}
    </>
  )
}

interface DoingProps {
  readonly request: EvidenceRequest
  readonly what: Asked
  onClose(): void
}

function Doing({ request: { id, control }, what, onClose }: DoingProps) {
  const params = { id }
  if (what === 'answer') return <AnswerDialog id={id} control={control} onClose={onClose} />
  if (what === 'accept')
    return (
      <WordsDialog
        title="Accept the answer"
        label="Words (may be empty)"
        submit="Accept"
        done="The answer is accepted"
        send={(words) => call('POST /api/v1/audit/requests/{id}/acceptance', { params, body: { words } })}
        onClose={onClose}
      />
    )
  if (what === 'return')
    return (
      <WordsDialog
        title="Send the answer back"
        label="What is missing"
        submit="Send back"
        done="The answer was sent back"
        required
        send={(words) => call('POST /api/v1/audit/requests/{id}/return', { params, body: { words } })}
        onClose={onClose}
      />
    )
  return (
    <WordsDialog
      title="Withdraw the request"
      label="Reason"
      submit="Withdraw"
      done="It is asked for no longer"
      required
      send={(words) => call('POST /api/v1/audit/requests/{id}/withdrawal', { params, body: { words } })}
      onClose={onClose}
    />
  )
}

const WORDS: Record<EvidenceStep['what'], string> = {
  asked: 'asked',
  answered: 'answered',
  returned: 'sent it back',
  accepted: 'accepted',
  withdrawn: 'withdrew it',
}

function Said({ step: { what, by, at, words, entries, controls, documents } }: { readonly step: EvidenceStep }) {
  const { may } = usePermissions()('ledger.read')
  return (
    <li className="flex max-w-prose flex-col gap-1 border-l-2 border-line pl-3">
      <p className="text-quiet">
        <span className="font-medium text-ink">
          <Actor actor={by} /> {WORDS[what]}
        </span>{' '}
        <When at={at} />
      </p>
      {words !== '' && <p className="whitespace-pre-wrap">{words}</p>}
      {entries.length > 0 && (
        <p className="flex flex-wrap gap-x-3">
          {entries.map((entry) =>
            may ? (
              <AppLink key={entry} href={`/ledger/${entry}`} className={INLINE_LINK}>
                Ledger entry {entry}
              </AppLink>
            ) : (
              <span key={entry}>Ledger entry {entry}</span>
            ),
          )}
        </p>
      )}
      {controls.map(({ control, state, says }) => (
        <p key={control}>
          <AppLink href={`/controls/${control}`} className={INLINE_LINK}>
            {control}
          </AppLink>{' '}
          {state} then: {says}
        </p>
      ))}
      {documents.map((one) => (
        <p key={one.digest}>
          {one.what}, SHA-256 <Code>{one.digest}</Code>
        </p>
      ))}
    </li>
  )
}
