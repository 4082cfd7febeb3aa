import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { call } from '../../app/api/client.ts'
import type { WeightsDraft } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icons.tsx'
import { Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { useAsk } from '../approvals/use-ask.ts'
import { PersonName } from '../people/person-name.tsx'
import { draftQuery, useWeightsChanged } from './queries.ts'
import { StatementFacts } from './statement.tsx'

const STATES: Record<WeightsDraft['state'], readonly [State, string]> = {
  draft: ['watch', 'waits for its person'],
  sent: ['holds', 'sent to those who agree'],
  withdrawn: ['unknown', 'thrown away'],
  expired: ['unknown', 'too old'],
}

/** What a device has asked for on behalf of its person, who reads it here and sends it on, or not. */
export function DraftPage() {
  const { id } = useParams({ from: '/shell/weights/drafts/$id' })
  const { data: draft } = useSuspenseQuery(draftQuery(id))
  const [mark, words] = STATES[draft.state]
  return (
    <Page
      title={`Access to ${draft.statement.version}`}
      summary={
        <>
          <StateMark state={mark}>{words}</StateMark> · drafted by a device of <PersonName id={draft.personId} />{' '}
          <When at={draft.createdAt} />
        </>
      }
    >
      <Decide draft={draft} />
      <Section title="What is asked" note="what others will sign">
        <StatementFacts statement={draft.statement} />
      </Section>
    </Page>
  )
}

function Decide({ draft }: { readonly draft: WeightsDraft }) {
  const { person } = useMe()
  const changed = useWeightsChanged()
  const params = { id: draft.id }
  const confirm = useAsk({
    send: async () => (await call('POST /api/v1/weights/drafts/{id}/confirmation', { params })).approval,
    changed,
  })
  const withdraw = useMutation({
    mutationFn: () => withFreshKey(() => call('POST /api/v1/weights/drafts/{id}/withdrawal', { params })),
    onSuccess: () => changed('Thrown away'),
  })
  if (draft.approval !== null)
    return (
      <p>
        <AppLink href={`/approvals/${draft.approval}`} className={INLINE_LINK}>
          Who has agreed, and who must still
        </AppLink>
      </p>
    )
  if (draft.state !== 'draft' || draft.personId !== person.id) return null
  const problem = confirm.error ?? withdraw.error
  return (
    <div className="flex flex-col gap-3 rounded-md border border-accent bg-accent-soft p-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>Your device asks for this. Is it you who wants it? Nothing is opened until others agree too.</p>
        <div className="flex gap-2">
          <Button busy={withdraw.isPending} onClick={() => withdraw.mutate()}>
            Throw it away
          </Button>
          <Button look="primary" busy={confirm.isPending} onClick={() => confirm.mutate()}>
            <Icon name="key" size={14} /> Ask for it, with your key
          </Button>
        </div>
      </div>
      {problem !== null && <ProblemNote problem={problem} />}
    </div>
  )
}
