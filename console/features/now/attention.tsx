import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Status } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { canariesQuery } from '../../app/status.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { count } from '../../components/count.ts'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { bootstrapQuery, recoveriesQuery } from '../people/queries.ts'

interface Matter {
  readonly key: string
  readonly state: State
  readonly title: string
  readonly text: ReactNode
}

/** What isn't as it should be for good, the worst first; nothing when all is. */
export function Attention({ status }: { readonly status: Status | undefined }) {
  const matters = [
    ...useHealth(status),
    ...weightsMatters(status),
    ...useCoverage(),
    ...useStaffMatters(),
    ...useOwnMatters(),
  ]
  if (matters.length === 0) return null
  return (
    <ul aria-label="Needs attention" className="divide-y divide-line rounded-md border border-line">
      {matters.map(({ key, state, title, text }) => (
        <li key={key} className="flex flex-col gap-0.5 px-3 py-2 sm:flex-row sm:gap-4">
          <StateMark state={state} className="shrink-0 sm:w-56">
            {title}
          </StateMark>
          <span className="text-quiet">{text}</span>
        </li>
      ))}
    </ul>
  )
}

/** Their own lines say more. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['canary_missed', 'observed_only'])

function useHealth(status: Status | undefined): Matter[] {
  if (status === undefined) return []
  const { health, models } = status
  const open = models.filter(({ enforced }) => !enforced)
  return [
    ...health.conditions
      .filter(({ code }) => !TOLD_ELSEWHERE.has(code))
      .map(({ code, severity, words, since }) => ({
        key: code,
        state: severity === 'unready' ? ('fails' as const) : ('watch' as const),
        title: severity === 'unready' ? 'Not ready' : 'Degraded',
        text: `${words} (since ${new Date(since).toLocaleString()})`,
      })),
    ...(open.length === 0
      ? []
      : [
          {
            key: 'observe',
            state: 'watch' as const,
            title: 'Observed only',
            text: `${open.map(({ name }) => name).join(', ')}: screened and recorded, but nothing is withheld`,
          },
        ]),
  ]
}

function weightsMatters(status: Status | undefined): Matter[] {
  if (status === undefined) return []
  const { locks, copiesOverdue, reviewOwed } = status.weights
  const matter = (key: string, title: string, text: string, href: string): Matter => ({
    ...{ key, state: 'fails', title },
    text: (
      <AppLink href={href} className={INLINE_LINK}>
        {text}
      </AppLink>
    ),
  })
  return [
    ...(reviewOwed
      ? [
          matter(
            'glass',
            'The glass was broken',
            'Somebody who took no part in it reviews that',
            '/weights?tab=emergency',
          ),
        ]
      : []),
    ...(locks > 0 ? [matter('locks', 'Weights are locked', 'Which, since when and why', '/weights')] : []),
    ...(copiesOverdue > 0
      ? [
          matter(
            'copies',
            'Copies should be gone',
            count(copiesOverdue, 'stands beyond its day', 'stand beyond their day'),
            '/weights?tab=copies',
          ),
        ]
      : []),
  ]
}

function useCoverage(): Matter[] {
  const { may } = usePermissions()('status.read')
  const { data = [] } = useQuery({ ...canariesQuery, enabled: may })
  const failing = data.filter(({ state }) => state === 'missed' || state === 'silent')
  return failing.map(({ id, surface, model, side, detail }) => ({
    key: id,
    state: 'fails' as const,
    title: `Screening on ${surface}`,
    text: `${model}, ${side}: ${detail}`,
  }))
}

function useStaffMatters(): Matter[] {
  const permission = usePermissions()
  const { may } = permission('people.read')
  const { data: bootstrap } = useQuery({ ...bootstrapQuery, enabled: may })
  const { data: recoveries = [] } = useQuery({ ...recoveriesQuery, enabled: may })
  const waiting = recoveries.filter(({ state }) => state === 'waiting')
  return [
    ...waiting.map(({ id, reason, dueAt }) => ({
      key: id,
      state: 'fails' as const,
      title: 'A recovery is under way',
      text: (
        <>
          {reason}: takes effect <When at={dueAt} />. Anybody who holds a role can stop it{' '}
          <AppLink href="/people?tab=recovery" className={INLINE_LINK}>
            among people
          </AppLink>
          .
        </>
      ),
    })),
    ...(bootstrap?.active === true && bootstrap.endsAt !== null
      ? [
          {
            key: 'bootstrap',
            state: 'watch' as const,
            title: 'Bootstrap',
            text: (
              <>
                One administrator may give roles alone, which is marked; ends <When at={bootstrap.endsAt} />.{' '}
                <AppLink href="/people" className={INLINE_LINK}>
                  People
                </AppLink>
              </>
            ),
          },
        ]
      : []),
  ]
}

function useOwnMatters(): Matter[] {
  const { person } = useMe()
  const asleep = person.assignments.filter(({ state }) => state === 'training_due' || state === 'review_due')
  return [
    ...(person.passkeys === 1
      ? [
          {
            key: 'keys',
            state: 'watch' as const,
            title: 'One security key',
            text: (
              <>
                Lose it, and two other people must agree before you are in again.{' '}
                <AppLink href="/account" className={INLINE_LINK}>
                  Add another one
                </AppLink>
              </>
            ),
          },
        ]
      : []),
    ...asleep.map(({ id, role, state }) => ({
      key: id,
      state: 'watch' as const,
      title: 'A role of yours sleeps',
      text: `${role}: ${state === 'training_due' ? 'your training is overdue' : 'its review is overdue'}`,
    })),
  ]
}
