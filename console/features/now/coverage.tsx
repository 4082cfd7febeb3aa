import { useQuery } from '@tanstack/react-query'
import { CANARY_STATES, canariesQuery } from '../../app/status.ts'
import { AppLink } from '../../components/app-link.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'

/** Every way through the gateway, and whether screening answered on it. */
export function Coverage() {
  const { data, error } = useQuery(canariesQuery)
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined) return <Skeleton className="h-24" />
  if (data.length === 0)
    return <EmptyState title="No canaries">They are off in safelevel.yaml, or there is no model to ask.</EmptyState>
  // For some seconds after a start nothing has answered: that is one thing to say, not one for each.
  const waiting = data.filter(({ state }) => state === 'waiting')
  const shown = waiting.length > 1 ? data.filter(({ state }) => state !== 'waiting') : data
  return (
    <ul className="divide-y divide-line border-y border-line">
      {shown.map(({ id, surface, model, dialect, side, state, lastRefusedAt, detail }) => (
        <li key={id} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
          <span>
            <span className="font-medium">{surface}</span>{' '}
            <span className="text-quiet">{`${model}, ${dialect}, ${side}`}</span>
          </span>
          <span title={detail}>
            <StateMark state={CANARY_STATES[state][0]}>{CANARY_STATES[state][1]}</StateMark>
            {lastRefusedAt !== null && (
              <span className="ml-2 text-quiet">
                <When at={lastRefusedAt} />
              </span>
            )}
          </span>
        </li>
      ))}
      {shown.length < data.length && (
        <li className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
          <AppLink href="/coverage" className="font-medium">
            {count(waiting.length, 'way')} through
          </AppLink>
          <StateMark state={CANARY_STATES.waiting[0]}>{CANARY_STATES.waiting[1]}</StateMark>
        </li>
      )}
    </ul>
  )
}
