import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { PolicyDraft, PolicyReplay } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Skeleton } from '../../components/page.tsx'
import { ProblemNote, sentence } from '../../components/problem-note.tsx'
import { type Choice, SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, relative, useNow } from '../../components/when.tsx'
import { replayQuery, replaysQuery } from './queries.ts'
import { ReplayReport } from './replay-report.tsx'

const DAY_MS = 86_400_000
type Days = '1' | '7' | '30' | '90'
const SPANS: readonly Choice<Days>[] = [
  { value: '1', label: 'the last day' },
  { value: '7', label: 'the last 7 days' },
  { value: '30', label: 'the last 30 days' },
  { value: '90', label: 'the last 90 days' },
]

interface DraftReplayProps {
  readonly draft: PolicyDraft
  /** Which replay to show; the newest when absent. */
  readonly chosen: string | undefined
  onChoose(id: string): void
}

/** Recorded decisions, decided again by the policy in force and by the draft: what would have come out otherwise. */
export function DraftReplay({ draft, chosen, onChoose }: DraftReplayProps) {
  const { data: replays, error } = useQuery(replaysQuery(draft.id))
  const shown = chosen ?? replays?.[0]?.id
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <StartReplay draft={draft} onStarted={onChoose} />
        {replays !== undefined && replays.length > 1 && shown !== undefined && (
          <Earlier replays={replays} shown={shown} onChoose={onChoose} />
        )}
      </div>
      {error !== null && <ProblemNote problem={error} />}
      {shown !== undefined ? (
        <OneReplay id={shown} draft={draft} />
      ) : replays !== undefined ? (
        <EmptyState title="Not replayed yet">
          A replay decides recorded traffic again from its recorded scores, by the policy in force and by this draft.
          What differs is shown by category and customer.
        </EmptyState>
      ) : (
        <Skeleton className="h-40" />
      )}
    </div>
  )
}

function StartReplay({ draft, onStarted }: { readonly draft: PolicyDraft; onStarted(id: string): void }) {
  const client = useQueryClient()
  const { may } = usePermissions()('policy.edit')
  const [days, setDays] = useState<Days>('30')
  const start = useMutation({
    mutationFn: async () => {
      const since = new Date(Date.now() - Number(days) * DAY_MS).toISOString()
      const replay = await call('POST /api/v1/policy/drafts/{id}/replay', { params: { id: draft.id }, body: { since } })
      client.setQueryData(replayQuery(replay.id).queryKey, replay)
      await client.invalidateQueries({ queryKey: replaysQuery(draft.id).queryKey })
      onStarted(replay.id)
    },
  })
  if (!may || draft.state !== 'open') return null
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-end gap-2">
        <SelectField<Days> label="Traffic of" value={days} onChange={setDays} choices={SPANS} className="w-44" />
        <Button look="primary" onClick={() => start.mutate()} busy={start.isPending}>
          Replay
        </Button>
      </div>
      {start.error !== null && <ProblemNote problem={start.error} />}
    </div>
  )
}

interface EarlierProps {
  readonly replays: readonly PolicyReplay[]
  readonly shown: string
  onChoose(id: string): void
}

function Earlier({ replays, shown, onChoose }: EarlierProps) {
  const now = useNow()
  const known = replays.map(({ id, startedAt, since }) => ({
    value: id,
    label: relative(Date.parse(startedAt) - now),
    note: `since ${exactly(since).slice(0, 16)}`,
  }))
  const choices = known.some(({ value }) => value === shown) ? known : [{ value: shown, label: 'this one' }, ...known]
  return <SelectField label="Replayed" value={shown} onChange={onChoose} choices={choices} className="w-48" />
}

function OneReplay({ id, draft }: { readonly id: string; readonly draft: PolicyDraft }) {
  const { data: replay, error } = useQuery(replayQuery(id))
  if (error !== null) return <ProblemNote problem={error} />
  if (replay === undefined) return <Skeleton className="h-40" />
  const { state, problem, report, revision } = replay
  return (
    <div className="flex flex-col gap-4">
      {revision !== draft.revision && (
        <p>
          <StateMark state="unknown">of an earlier text</StateMark>{' '}
          <span className="text-quiet">The draft was edited since; replay it again to know what it would do now.</span>
        </p>
      )}
      {state === 'running' && <Progress replay={replay} />}
      {state === 'failed' && (
        <p role="alert" className="rounded-md border border-fails bg-fails-soft px-3 py-2">
          <StateMark state="fails">The replay broke off</StateMark> after {count(replay.rows, 'decision')}.{' '}
          {problem !== null && sentence(problem)}
        </p>
      )}
      {report !== null && <ReplayReport report={report} since={replay.since} />}
    </div>
  )
}

/** How far it is, against how many requests there were in that time. */
function Progress({ replay: { rows, since, startedAt } }: { readonly replay: PolicyReplay }) {
  const { may } = usePermissions()('decisions.read')
  const { data: total } = useQuery({
    queryKey: ['policy', 'replay-total', since, startedAt],
    queryFn: async () => {
      const { totals } = await call('GET /api/v1/decisions/summary', {
        query: { since, until: startedAt, step: 'day' },
      })
      return Object.values(totals).reduce((sum, n) => sum + n, 0)
    },
    enabled: may,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const known = total !== undefined && total > 0
  return (
    <div className="flex flex-col gap-1">
      <progress
        aria-label="Progress of the replay"
        className="h-2 w-full max-w-xl appearance-none overflow-hidden rounded-sm bg-sunken [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent [&::-moz-progress-bar]:bg-accent"
        {...(known ? { value: Math.min(rows, total), max: total } : {})}
      />
      <p className="text-quiet">
        {count(rows, 'decision')} read{known && ` of about ${total.toLocaleString('en')}`}
      </p>
    </div>
  )
}
