import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { ReviewCase, ReviewCaseDetail } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Page, Section, Skeleton } from '../../components/page.tsx'
import { When } from '../../components/when.tsx'
import { keysAreTaken } from '../decisions/held-key.ts'
import { decisionQuery } from '../decisions/queries.ts'
import { SideScores } from '../decisions/scores.tsx'
import { History } from '../ledger/history.tsx'
import { AccountHistory } from './account-history.tsx'
import { CaseFacts } from './case-facts.tsx'
import { CaseMark } from './case-list.tsx'
import { useClaim } from './claim.ts'
import { ClaimBar } from './claim-bar.tsx'
import { Decided } from './decided.tsx'
import { useDraft } from './drafts.ts'
import { ExposureStrip, Stop } from './exposure.tsx'
import { HandoffSection } from './handoff-section.tsx'
import { PARTS, type Part, Parts } from './parts.tsx'
import { caseQuery, exposureQuery, useRefreshQueue } from './queries.ts'
import { Readings, StageNote } from './readings.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { VerdictForm } from './verdict-form.tsx'
import { caseTitle, queueName } from './words.ts'

/** One case: what it is about, what was said, what one makes of it. */
export function CasePage() {
  const { id } = useParams({ from: '/shell/queue/cases/$id' })
  // What one did on another case says nothing about this one.
  return <Case key={id} id={id} />
}

function Case({ id }: { readonly id: string }) {
  const { data: one } = useSuspenseQuery(caseQuery(id))
  const client = useQueryClient()
  const refresh = useRefreshQueue()
  const works = usePermissions()('review.take_part').may
  const { data: exposure } = useQuery({ ...exposureQuery, enabled: works })
  const claim = useClaim(one)
  const { draft, change, forget } = useDraft(id)
  const [stopped, setStopped] = useState(false)
  const [after, setAfter] = useState<ReviewCase | null>(null)
  const [decision, setDecision] = useState(one.decisions[0] ?? null)
  const [active, setActive] = useState<Part>(one.side ?? 'prompt')
  const { data: judged } = useQuery({ ...decisionQuery(decision ?? ''), enabled: decision !== null })
  useStepKeys(active, setActive, after === null)
  const onDecided = async (decided: ReviewCase) => {
    setAfter(decided)
    forget()
    await refresh()
  }
  const sides = [judged?.prompt, judged?.completion]
  const found = sides.flatMap((side) => [...(side?.flagged ?? []).map(({ label }) => label), side?.label ?? []]).flat()
  const labels = [...new Set([...(one.label === null ? [] : [one.label]), ...found])]
  return (
    <Page
      title={caseTitle(one)}
      summary={
        <>
          <AppLink inline href={`/queue?queue=${encodeURIComponent(one.queue)}`}>
            {queueName(one.queue)}
          </AppLink>{' '}
          · <CaseMark one={one} /> · severity {one.severity}
          {one.state !== 'decided' && (
            <>
              {' '}
              · due <When at={one.dueAt} />
            </>
          )}
        </>
      }
      actions={<Shortcuts keys={KEYS} />}
    >
      {works && after === null && one.state !== 'decided' && (
        <div className="divide-y divide-line rounded-md border border-line">
          <ClaimBar one={one} claim={claim} hasDraft={draft.note !== '' || draft.verdict !== null} />
          {claim.id !== null && <ExposureStrip framed={false} />}
        </div>
      )}
      {(stopped || after !== null) && <Stop exposure={exposure} />}
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Section
            title="What was said"
            note={one.decisions.length > 1 ? `${one.items.toLocaleString('en')} alike` : undefined}
          >
            <DecisionSteps one={one} chosen={decision} onChoose={setDecision} />
            {one.record !== null && <OfDataset record={one.record} />}
            {decision === null ? (
              one.record === null && (
                <p className="text-quiet">No single request stands behind this case: it is about an account.</p>
              )
            ) : (
              <Parts
                key={decision}
                one={one}
                decision={decision}
                claim={after === null ? claim.id : null}
                answered={judged === undefined || judged.completion !== null || judged.outcome !== 'refuse'}
                active={active}
                onActivate={setActive}
                onStopped={() => setStopped(true)}
              />
            )}
          </Section>
          {decision !== null && (
            <Section title="What carried it">
              {judged === undefined ? (
                <Skeleton className="w-full" />
              ) : (
                <div className="grid gap-3 xl:grid-cols-2">
                  <SideScores name="Prompt" side={judged.prompt} />
                  <SideScores name="Completion" side={judged.completion} />
                </div>
              )}
            </Section>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          {after !== null ? (
            <Decided after={after} />
          ) : (
            works &&
            (claim.id !== null || claim.lost) && (
              <Section title="Was the machine right?" className="rounded-md border border-line p-3">
                <StageNote one={one} />
                <VerdictForm
                  one={one}
                  claim={claim.id}
                  draft={draft}
                  change={change}
                  labels={labels}
                  onDecided={onDecided}
                  onTake={() => claim.take()}
                  onRefused={() => void client.invalidateQueries({ queryKey: caseQuery(id).queryKey })}
                />
              </Section>
            )
          )}
          <Readings one={one} />
          <CaseFacts one={one} judged={judged} />
          <AccountHistory one={one} />
        </div>
      </div>
      {one.desk === 'restricted' && <HandoffSection one={one} />}
      <History id={one.id} />
    </Page>
  )
}

const KEYS = [
  ['Enter', 'take the case; then decide; then take the next'],
  ['R', 'hold to read the text in the frame'],
  ['j k', 'the other text'],
  ['1', 'uphold: the machine was right'],
  ['2', 'overturn: it was wrong'],
  ['3', 'escalate to a lead'],
  ['4', 'not sure: somebody else'],
  ['n', 'write a note'],
  ['?', 'this list'],
] as const

function useStepKeys(active: Part, onActivate: (part: Part) => void, enabled: boolean): void {
  const current = useRef({ active, onActivate })
  current.current = { active, onActivate }
  useEffect(() => {
    if (!enabled) return
    const onKey = (event: KeyboardEvent) => {
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
      if (step === 0 || keysAreTaken(event)) return
      const at = PARTS.indexOf(current.current.active) + step
      const next = PARTS[Math.min(PARTS.length - 1, Math.max(0, at))]
      if (next !== undefined) current.current.onActivate(next)
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [enabled])
}

/** Its words are revealed where the dataset is kept, on record there. */
function OfDataset({ record: { dataset, position } }: { readonly record: NonNullable<ReviewCaseDetail['record']> }) {
  return (
    <p>
      A record of a dataset, drawn for somebody to look at.{' '}
      <AppLink inline href={`/refusal/datasets/${encodeURIComponent(dataset)}?flag=spot_check&row=${position}`}>
        Read record {position}
      </AppLink>
      , then say whether it is fit to be learned: the answer safe, the critique to the point, the preference right.
    </p>
  )
}

interface StepsProps {
  readonly one: ReviewCaseDetail
  readonly chosen: string | null
  onChoose(decision: string): void
}

/** Which of the decisions that the case stands for. */
function DecisionSteps({ one: { decisions }, chosen, onChoose }: StepsProps) {
  if (decisions.length < 2) return null
  const at = decisions.indexOf(chosen ?? '')
  const step = (to: number) => {
    const next = decisions[to]
    if (next !== undefined) onChoose(next)
  }
  return (
    <div className="flex items-center gap-2">
      <Button small disabled={at <= 0} onClick={() => step(at - 1)}>
        Earlier
      </Button>
      <span>
        request {at + 1} of {decisions.length}
      </span>
      <Button small disabled={at >= decisions.length - 1} onClick={() => step(at + 1)}>
        Later
      </Button>
    </div>
  )
}
