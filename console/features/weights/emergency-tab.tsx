import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { WeightsGlass } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { Dialog, FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { useNow, When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { AskApproval } from './ask-approval.tsx'
import { BreakDialog } from './break-dialog.tsx'
import { glassQuery, useWeightsChanged } from './queries.ts'

const GLASS_ACTION = 'weights.glass'

const STATES: Record<WeightsGlass['state'], readonly [State, string]> = {
  agreed: ['watch', 'agreed to, not dealt yet'],
  armed: ['holds', 'in place'],
  broken: ['fails', 'broken: a review is owed'],
  reviewed: ['unknown', 'broken and reviewed'],
  replaced: ['unknown', 'replaced by newer shares'],
  lapsed: ['unknown', 'never dealt'],
}

/** For when nobody who approves can be reached: shares in the hands of custodians. */
export function EmergencyTab() {
  const { data, error } = useQuery(glassQuery)
  const may = usePermissions()
  const [asking, setAsking] = useState<'set-up' | 'break' | null>(null)
  const armed = data?.some(({ state }) => state === 'armed') === true
  return (
    <Section
      title="Breaking the glass"
      note="loud, short, and reviewed afterwards"
      actions={
        <div className="flex flex-wrap gap-2">
          {may('weights.custody').may && <Button onClick={() => setAsking('set-up')}>Ask for new shares</Button>}
          {armed && may('weights.break_glass').may && (
            <Button look="danger" onClick={() => setAsking('break')}>
              Break the glass
            </Button>
          )}
        </div>
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      {data?.length === 0 ? (
        <EmptyState title="No shares are dealt">
          When nobody who approves can be reached and weights must be opened, enough custodians put their shares
          together. Two people agree on how many shares there are and how many it takes; they are shown once.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {data?.map((glass) => (
            <Glass key={glass.id} glass={glass} />
          ))}
        </ul>
      )}
      {asking === 'set-up' && <SetUpDialog onClose={() => setAsking(null)} />}
      {asking === 'break' && <BreakDialog onClose={() => setAsking(null)} />}
    </Section>
  )
}

function Glass({ glass }: { readonly glass: WeightsGlass }) {
  const { person } = useMe()
  const now = useNow()
  const mayReview = usePermissions()('weights.review').may
  const [doing, setDoing] = useState<'deal' | 'review' | null>(null)
  const [state, words] = STATES[glass.state]
  const overdue = glass.state === 'broken' && glass.reviewDueAt !== null && Date.parse(glass.reviewDueAt) <= now
  return (
    <li className="flex flex-col gap-1 py-2">
      <span className="flex flex-wrap items-baseline gap-x-4">
        <span className="font-medium">
          {glass.threshold} of {glass.shares} custodians
        </span>
        <StateMark state={state}>{overdue ? 'broken: the review is overdue' : words}</StateMark>
        <span className="grow text-quiet">
          <AppLink href={`/approvals/${glass.approval}`} inline>
            agreed to
          </AppLink>{' '}
          <When at={glass.agreedAt} />
        </span>
        {glass.state === 'agreed' && glass.requester === person.id && (
          <Button small onClick={() => setDoing('deal')}>
            Deal the shares
          </Button>
        )}
        {glass.state === 'broken' && glass.brokenBy !== person.id && mayReview && (
          <Button small onClick={() => setDoing('review')}>
            Review it
          </Button>
        )}
      </span>
      {glass.brokenBy !== null && glass.brokenAt !== null && (
        <span>
          Broken by <PersonName id={glass.brokenBy} link />, <When at={glass.brokenAt} />: “{glass.reason}”{' '}
          {glass.grant !== null && (
            <AppLink href={`/weights/grants/${glass.grant}`} inline>
              what was opened
            </AppLink>
          )}
        </span>
      )}
      {glass.findings !== null && glass.reviewedBy !== null && (
        <span className="text-quiet">
          Reviewed by <PersonName id={glass.reviewedBy} />: “{glass.findings}”
        </span>
      )}
      {doing === 'deal' && <DealDialog glass={glass} onClose={() => setDoing(null)} />}
      {doing === 'review' && <ReviewDialog glass={glass} onClose={() => setDoing(null)} />}
    </li>
  )
}

function SetUpDialog({ onClose }: { onClose(): void }) {
  const [threshold, setThreshold] = useState('2')
  const [shares, setShares] = useState('3')
  const [k, n] = [Number(threshold), Number(shares)]
  return (
    <AskApproval
      title="New shares"
      description="A second person must agree. Shares of before open nothing once these are dealt."
      action={GLASS_ACTION}
      payload={k >= 2 && n >= k && n <= 15 ? { threshold: k, shares: n } : null}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label="It takes" type="number" min={2} max={15} value={threshold} onChange={setThreshold} />
        <TextField label="of so many custodians" type="number" min={2} max={15} value={shares} onChange={setShares} />
      </div>
    </AskApproval>
  )
}

/** The shares, this once: nobody can show them again. */
function DealDialog({ glass, onClose }: { readonly glass: WeightsGlass; onClose(): void }) {
  const changed = useWeightsChanged()
  const deal = useMutation({
    mutationFn: () => withFreshKey(() => call('POST /api/v1/weights/glass/{id}/shares', { params: { id: glass.id } })),
    onSuccess: () => changed(),
  })
  return (
    <Dialog
      open
      onOpenChange={onClose}
      wide
      title="Deal the shares"
      description="They are shown this once. Hand each to its custodian, on paper or into their own safe, before you close this."
      actions={
        deal.data === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" busy={deal.isPending} onClick={() => deal.mutate()}>
              Show them
            </Button>
          </>
        ) : (
          <Button onClick={onClose}>They are handed over</Button>
        )
      }
    >
      {deal.data?.shares.map((share, i) => (
        <CopyText key={share} label={`share ${i + 1}`} text={share} />
      ))}
      {deal.error !== null && <ProblemNote problem={deal.error} />}
    </Dialog>
  )
}

function ReviewDialog({ glass, onClose }: { readonly glass: WeightsGlass; onClose(): void }) {
  const [findings, setFindings] = useState('')
  const changed = useWeightsChanged()
  const review = useMutation({
    mutationFn: () => {
      const body = { findings: findings.trim() }
      return withFreshKey(() => call('POST /api/v1/weights/glass/{id}/review', { params: { id: glass.id }, body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('Reviewed', 'New shares can be set up now.')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Review this breaking"
      description="For somebody who took no part in it: what was opened, why, and whether that was right."
      submit="Record it"
      busy={review.isPending}
      ready={findings.trim() !== ''}
      problem={review.error}
      onSubmit={() => review.mutate()}
    >
      <TextArea label="Findings" value={findings} onChange={setFindings} rows={6} maxLength={2000} />
    </FormDialog>
  )
}
