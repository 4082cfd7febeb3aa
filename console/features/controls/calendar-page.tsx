import { useQuery } from '@tanstack/react-query'
import type { Calendar } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { buttonLook } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { day, When } from '../../components/when.tsx'
import { calendarQuery } from './queries.ts'
import { CLOCKS, pageNamed } from './words.ts'

type Entry = Calendar['entries'][number]

/** Every clock of the product that one may hear of, in the order in which they run out. */
export function CalendarPage() {
  const { data, error } = useQuery(calendarQuery)
  const overdue = data?.entries.filter(({ state }) => state === 'overdue') ?? []
  const running = data?.entries.filter(({ state }) => state === 'running') ?? []
  return (
    <Page
      title="Calendar"
      summary={
        data === undefined
          ? 'every clock that runs'
          : `${count(data.entries.length, 'clock')} · ${overdue.length === 0 ? 'none overdue' : `${overdue.length} overdue`}`
      }
      actions={
        <>
          <AppLink href="/controls" className={buttonLook()}>
            Controls
          </AppLink>
          <a href="/api/v1/calendar.ics" download="safelevel.ics" className={buttonLook()}>
            As a calendar file
          </a>
        </>
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      {data !== undefined && data.unknown.length > 0 && (
        <p className="rounded-md border border-watch bg-watch-soft p-3">
          <StateMark state="watch">Not all of it</StateMark>: the clocks of {data.unknown.join(', ')} could not be read
          just now.
        </p>
      )}
      {data === undefined ? (
        error === null && <Skeleton className="h-48" />
      ) : data.entries.length === 0 ? (
        <EmptyState title="No clock runs">
          What falls due stands here: evaluations, drills, exceptions, attestations, reports, appeals and what was
          promised to those who report.
        </EmptyState>
      ) : (
        <>
          {overdue.length > 0 && (
            <Section title="Overdue">
              <Clocks entries={overdue} />
            </Section>
          )}
          {byMonth(running).map(([month, entries]) => (
            <Section key={month} title={month}>
              <Clocks entries={entries} />
            </Section>
          ))}
        </>
      )}
    </Page>
  )
}

function Clocks({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <ul className="divide-y divide-line border-y border-line">
      {entries.map(({ id, kind, title, dueAt, state, next }) => (
        <li key={id} className="grid gap-x-6 gap-y-0.5 py-2 sm:grid-cols-[7rem_minmax(0,1fr)_7rem]">
          <span className="tabular-nums">{day(dueAt)}</span>
          <div className="min-w-0">
            <span className="font-medium">{title}</span> <span className="text-quiet">{CLOCKS[kind]}</span>
            <span className="block text-quiet">
              <Next words={next} />
            </span>
          </div>
          <span className="sm:text-right">
            {state === 'overdue' ? (
              <StateMark state="fails">
                <When at={dueAt} />
              </StateMark>
            ) : (
              <When at={dueAt} />
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Next({ words }: { readonly words: string }) {
  const page = pageNamed(words)
  if (page === null) return <Code>{words}</Code>
  return (
    <AppLink href={page} className={INLINE_LINK}>
      What to do
    </AppLink>
  )
}

/** @returns `November 2026` -> what falls due in it, in order */
function byMonth(entries: readonly Entry[]): [string, Entry[]][] {
  const name = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric' })
  const months = Map.groupBy(entries, ({ dueAt }) => name.format(new Date(dueAt)))
  return [...months]
}
