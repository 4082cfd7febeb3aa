import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { InsiderAlert, InsiderCase } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { CaseTimeline } from './case-timeline.tsx'
import { CaseTime, LevelMark } from './marks.tsx'
import { readingQuery, useCauseNames } from './queries.ts'
import { aboutThem, nats } from './words.ts'

/** What the case rests on: shown when somebody wants it, since who reads it is recorded, and watched by the same rules. */
export function CaseReading({ of: one }: { readonly of: InsiderCase }) {
  const [nth, setNth] = useState(0)
  const isOpened = one.openedAt !== null
  const { data, error, isFetching } = useQuery({ ...readingQuery(one.id, isOpened, nth), enabled: nth > 0 })
  if (data === undefined)
    return (
      <Section title="What it rests on">
        {isFetching ? (
          <div className="flex flex-col gap-2" aria-busy="true">
            <Skeleton className="w-72" />
            <Skeleton className="w-96 max-w-full" />
            <Skeleton className="w-80 max-w-full" />
          </div>
        ) : (
          <div className="flex flex-col items-start gap-2 rounded-md border border-line px-4 py-4">
            <p className="max-w-prose">
              {count(one.alerts, 'alert')} with {one.alerts === 1 ? 'its' : 'their'} reasons, and what the person did.{' '}
              {isOpened
                ? 'Two people have opened this case: all of it is shown, with proofs.'
                : 'Times are told to the hour, and hosts, grants and places on the ledger not at all, until two people open this case: they would give the person away.'}
            </p>
            <p className="text-quiet">That you read it is recorded on the ledger first.</p>
            <Button look="primary" onClick={() => setNth(1)}>
              Read it
            </Button>
          </div>
        )}
        {error !== null && <ProblemNote problem={error} />}
      </Section>
    )
  const { alerts, timeline } = data
  const isStale = alerts.length !== one.alerts
  return (
    <>
      <Section
        title="Alerts"
        note="with their reasons"
        actions={
          isStale && (
            <Button small busy={isFetching} onClick={() => setNth(nth + 1)}>
              There are others now: read again
            </Button>
          )
        }
      >
        <ul className="flex flex-col gap-3">
          {alerts.toReversed().map((alert) => (
            <Reasons key={alert.id} alert={alert} isOpened={isOpened} />
          ))}
        </ul>
      </Section>
      <CaseTimeline caseId={one.id} timeline={timeline} isOpened={isOpened} />
    </>
  )
}

/** One alert, and why: what weighs most comes first, each with how much it says. */
function Reasons({ alert, isOpened }: { readonly alert: InsiderAlert; readonly isOpened: boolean }) {
  const nameOf = useCauseNames()
  const most = Math.max(1, ...alert.reasons.map(({ weight }) => weight))
  return (
    <li className="rounded-md border border-line">
      <p className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 border-b border-line px-3 py-2">
        <LevelMark level={alert.level} />
        <span>risk {nats(alert.risk)}</span>
        <span className="text-quiet">
          <CaseTime at={alert.at} whole={isOpened} />
        </span>
        {alert.withdrawn && (
          <StateMark state="unknown">taken back: something that came late has taken its ground away</StateMark>
        )}
      </p>
      {alert.reasons.length === 0 ? (
        <p className="px-3 py-2 text-quiet">Its reasons were erased, as they are after a while.</p>
      ) : (
        <ul className="divide-y divide-line">
          {alert.reasons.map(({ cause, says, weight }) => (
            <li
              key={cause}
              className="grid grid-cols-[minmax(0,1fr)_6.5rem] items-baseline gap-x-3 px-3 py-1.5 sm:grid-cols-[minmax(0,1fr)_9rem]"
            >
              <span>
                {aboutThem(says)}
                <span className="block text-xs text-quiet">{cause.startsWith('rule.') ? nameOf(cause) : cause}</span>
              </span>
              <span className="flex items-center justify-end gap-2">
                <svg aria-hidden="true" viewBox="0 0 100 8" preserveAspectRatio="none" className="h-2 w-16 sm:w-24">
                  <rect width="100" height="8" className="fill-sunken" />
                  <rect width={(Math.min(weight, most) / most) * 100} height="8" className="fill-accent" />
                </svg>
                <span className="w-8 text-right tabular-nums">{nats(weight)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}
