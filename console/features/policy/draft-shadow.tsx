import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiProblem, call } from '../../app/api/client.ts'
import type { PolicyDraft, PolicyShadow } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { policyStatusQuery, shadowQuery } from './queries.ts'
import { ChangeChart } from './replay-report.tsx'
import { labelName } from './words.ts'

/** The draft beside the policy in force, on live traffic, without effect. */
export function DraftShadow({ draft }: { readonly draft: PolicyDraft }) {
  const { data: shadow, error } = useQuery({ ...shadowQuery(draft.id), retry: false })
  const never = error instanceof ApiProblem && error.status === 404
  if (error !== null && !never) return <ProblemNote problem={error} />
  if (shadow === undefined && !never) return <Skeleton className="h-40" />
  return (
    <div className="flex flex-col gap-4">
      <Switch draft={draft} shadow={never ? undefined : shadow} />
      {never || shadow === undefined ? (
        <EmptyState title="It has never run in shadow">
          In shadow a draft decides every request beside the policy in force, from the same scores and without effect.
          Where it would have decided otherwise is counted here.
        </EmptyState>
      ) : (
        <Differences shadow={shadow} />
      )}
    </div>
  )
}

interface SwitchProps {
  readonly draft: PolicyDraft
  readonly shadow: PolicyShadow | undefined
}

function Switch({ draft, shadow }: SwitchProps) {
  const client = useQueryClient()
  const { may } = usePermissions()('policy.edit')
  const { data: status } = useQuery(policyStatusQuery)
  const runs = shadow !== undefined && shadow.stoppedAt === null
  const other = status?.shadow?.draftId === draft.id ? undefined : status?.shadow
  const turn = useMutation({
    mutationFn: async () => {
      const params = { id: draft.id }
      const next = runs
        ? await call('DELETE /api/v1/policy/drafts/{id}/shadow', { params })
        : await call('POST /api/v1/policy/drafts/{id}/shadow', { params })
      client.setQueryData(shadowQuery(draft.id).queryKey, next)
      await client.invalidateQueries({ queryKey: policyStatusQuery.queryKey })
    },
  })
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>
          {runs ? (
            <StateMark state="holds">decides in shadow</StateMark>
          ) : (
            <StateMark state="unknown">not in shadow</StateMark>
          )}
          {shadow !== undefined && (
            <span className="text-quiet">
              {' '}
              since <When at={shadow.startedAt} />, by <PersonName id={shadow.startedBy} />
              {shadow.stoppedAt !== null && (
                <>
                  , stopped <When at={shadow.stoppedAt} />
                </>
              )}
              {shadow.revision !== draft.revision && ' · an earlier text of this draft'}
            </span>
          )}
        </p>
        {may && draft.state === 'open' && (
          <Button
            onClick={() => turn.mutate()}
            busy={turn.isPending}
            disabled={!runs && other !== undefined && other !== null}
          >
            {runs ? 'Stop' : shadow === undefined ? 'Start' : 'Start anew'}
          </Button>
        )}
      </div>
      {other !== undefined && other !== null && (
        <p className="text-quiet">
          <AppLink href={`/policy/drafts/${other.draftId}?tab=shadow`} className={INLINE_LINK}>
            Another draft
          </AppLink>{' '}
          runs in shadow, and there is room for one: stop that first.
        </p>
      )}
      {turn.error !== null && <ProblemNote problem={turn.error} />}
    </div>
  )
}

function Differences({ shadow: { counts } }: { readonly shadow: PolicyShadow }) {
  const { judged, newlyRefused, newlyAllowed, newlyRevised = 0, otherClause, byLabel } = counts
  const rows = Object.entries(byLabel)
    .map(([label, c]) => [labelName(label), { ...c, newlyFlagged: 0, noLongerFlagged: 0 }] as const)
    .sort(([, a], [, b]) => b.newlyRefused + b.newlyAllowed - a.newlyRefused - a.newlyAllowed)
  return (
    <Section title="Where it differs" note="counted once a minute, for all replicas together">
      <p>
        {count(judged, 'judgement')}: <strong>{newlyRefused.toLocaleString('en')} it would refuse</strong>,{' '}
        <strong>{newlyAllowed.toLocaleString('en')} it would allow</strong>,{' '}
        {newlyRevised > 0 && `${newlyRevised.toLocaleString('en')} it would revise, `}
        {otherClause.toLocaleString('en')} under another clause
      </p>
      {rows.length > 0 && <ChangeChart of="category" rows={rows} />}
    </Section>
  )
}
