import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ApprovalView } from '../../app/api/schema.ts'
import { touchKey } from '../../app/security-key.ts'
import { useMe, useRefreshSession } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { download } from '../../components/export.ts'
import { Icon } from '../../components/icons.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { useToast } from '../../components/toast.tsx'
import { exactly, span, When } from '../../components/when.tsx'
import { CardReview } from '../cards/card-review.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { PublicationReview } from '../policy/publication-review.tsx'
import { GrantReview } from '../weights/grant-review.tsx'
import { ApprovalMark } from './approvals-page.tsx'
import { Payload } from './payload.tsx'
import { approvalQuery, inboxQuery } from './queries.ts'
import { Seats } from './seats.tsx'
import { approvalTitle, statementOf } from './statement.ts'

/** One request: exactly what is asked, who has agreed, who must still, and what I can do. */
export function ApprovalPage() {
  const { id } = useParams({ from: '/shell/approvals/$id' })
  const { data: approval } = useSuspenseQuery(approvalQuery(id))
  const statement = statementOf(approval)
  return (
    <Page
      title={approvalTitle(approval)}
      summary={<ApprovalMark approval={approval} />}
      actions={<Evidence approval={approval} />}
    >
      <Decide approval={approval} />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex flex-col gap-6">
          <Section title="What is asked">
            <Facts
              rows={[
                ['Action', <Code key="action">{approval.action}</Code>],
                ...(statement === null
                  ? []
                  : [
                      // Below it stands in words of its own.
                      ...(approval.action === 'weights.grant'
                        ? []
                        : [['With', <Payload key="with" payload={statement.payload} />] as const]),
                      ['Reason', statement.reason] as const,
                    ]),
                [
                  'Asked by',
                  <>
                    <PersonName id={approval.requester} link /> · <When at={approval.requestedAt} />
                  </>,
                ],
                ['Open until', exactly(approval.expiresAt)],
                [
                  'Effect',
                  approval.effectiveUntil !== null
                    ? `until ${exactly(approval.effectiveUntil)}`
                    : approval.effectMs === null
                      ? 'without end'
                      : `${span(approval.effectMs)} from the approval on`,
                ],
                ...(approval.closedAt === null
                  ? []
                  : [
                      [
                        'Closed',
                        <>
                          <When at={approval.closedAt} />{' '}
                          {approval.closedBy !== null && (
                            <>
                              by <PersonName id={approval.closedBy} />
                            </>
                          )}{' '}
                          {approval.closedReason !== null && <span className="block">“{approval.closedReason}”</span>}
                        </>,
                      ] as const,
                    ]),
              ]}
            />
          </Section>
          {approval.action === 'models.card_publish' && <CardReview payload={statement?.payload} />}
          {approval.action === 'weights.grant' && <GrantReview payload={statement?.payload} />}
          {approval.action === 'policy.publish' && <PublicationReview payload={statement?.payload} />}
          <Section title="What is signed" note="exactly these bytes">
            <pre className="rounded-md border border-line bg-sunken p-2 break-all whitespace-pre-wrap">
              {approval.statement}
            </pre>
            <p className="text-quiet">
              SHA-256 <Code className="select-all">{approval.digest}</Code>
            </p>
          </Section>
        </div>
        <div className="flex flex-col gap-6">
          <Section title="Who agrees">
            <Seats approval={approval} />
          </Section>
          <Votes approval={approval} />
        </div>
      </div>
      <History id={approval.id} />
    </Page>
  )
}

function Votes({ approval: { votes } }: { readonly approval: ApprovalView }) {
  if (votes.length === 0) return null
  return (
    <Section title="Said so far">
      <ul className="divide-y divide-line border-y border-line">
        {votes.map(({ personId, decision, at, reason, passkeyId }) => (
          <li key={`${personId} ${at}`} className="py-2">
            <PersonName id={personId} link /> {decision === 'approve' ? 'agreed' : 'said no'} · <When at={at} />
            {reason !== null && <span className="block">“{reason}”</span>}
            {passkeyId !== null && <span className="block text-xs text-quiet">signed with key {passkeyId}</span>}
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Evidence({ approval }: { readonly approval: ApprovalView }) {
  const take = useMutation({
    mutationFn: async () => {
      const evidence = await call('GET /api/v1/approvals/{id}/evidence', { params: { id: approval.id } })
      download(`${approval.id}.evidence.json`, 'application/json', `${JSON.stringify(evidence, null, 2)}\n`)
    },
  })
  return (
    <>
      <Button onClick={() => take.mutate()}>
        <Icon name="download" size={14} /> Evidence
      </Button>
      {take.error !== null && <ProblemNote problem={take.error} />}
    </>
  )
}

function Decide({ approval }: { readonly approval: ApprovalView }) {
  const { person } = useMe()
  const [asking, setAsking] = useState<'deny' | 'withdraw' | null>(null)
  const done = useDone(approval.id)
  const params = { id: approval.id }
  const agree = useMutation({
    mutationFn: async () => {
      const options = await call('POST /api/v1/approvals/{id}/options', { params })
      const assertion = await touchKey(options)
      await done(await call('POST /api/v1/approvals/{id}/approve', { params, body: { assertion } }), 'You agreed')
    },
  })
  const { data: inbox } = useSuspenseQuery(inboxQuery)
  const mine = approval.requester === person.id
  const waitsForMe = inbox.some(({ id }) => id === approval.id)
  if (approval.state !== 'pending' || (!mine && !waitsForMe)) return null
  return (
    <div className="flex flex-col gap-3 rounded-md border border-accent bg-accent-soft p-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>
          {mine
            ? 'You asked for this; somebody else decides.'
            : 'This waits for you. By the touch of your key you sign the statement below.'}
        </p>
        <div className="flex gap-2">
          {mine ? (
            <Button onClick={() => setAsking('withdraw')}>Withdraw</Button>
          ) : (
            <>
              <Button look="danger" onClick={() => setAsking('deny')}>
                Deny
              </Button>
              <Button look="primary" busy={agree.isPending} onClick={() => agree.mutate()}>
                <Icon name="key" size={14} /> Agree with your key
              </Button>
            </>
          )}
        </div>
      </div>
      {agree.error !== null && <ProblemNote problem={agree.error} />}
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={() => setAsking(null)}
        title={asking === 'deny' ? 'Say no?' : 'Take it back?'}
        effects={[
          'The request ends at once, for everybody; asking again makes a new one.',
          'Your reason is recorded and shown.',
        ]}
        confirm={asking === 'deny' ? 'Deny' : 'Withdraw'}
        reasonLabel="Reason"
        onConfirm={async (reason) => {
          const body = { reason }
          if (asking === 'deny') await done(await call('POST /api/v1/approvals/{id}/deny', { params, body }), 'Denied')
          else await done(await call('POST /api/v1/approvals/{id}/withdraw', { params, body }), 'Withdrawn')
        }}
      />
    </div>
  )
}

function useDone(id: string): (approval: ApprovalView, title: string) => Promise<void> {
  const client = useQueryClient()
  const refresh = useRefreshSession()
  const toast = useToast()
  return async (approval, title) => {
    client.setQueryData(approvalQuery(id).queryKey, approval)
    toast(title, approval.state === 'executed' ? 'It was carried out.' : undefined)
    await Promise.all([
      refresh(),
      client.invalidateQueries({ queryKey: ['approvals'] }),
      client.invalidateQueries({ queryKey: ['people'] }),
      client.invalidateQueries({ queryKey: ['policy'] }),
      client.invalidateQueries({ queryKey: ['models'] }),
      client.invalidateQueries({ queryKey: ['weights'] }),
      client.invalidateQueries({ queryKey: ['insider'] }),
    ])
  }
}
