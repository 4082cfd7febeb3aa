import type { EnforcementSubjectView, PatternFound, Strike } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useNow, When } from '../../components/when.tsx'
import { Authority } from './action-table.tsx'
import { SubjectLink } from './subject-name.tsx'
import { figureName, PATTERNS, points, SIGNALS, strikeState, TYPES } from './words.ts'

/** Which strikes there are, what each weighs, and when it runs out. */
export function StrikeTable({ strikes }: { readonly strikes: readonly Strike[] }) {
  const now = useNow()
  const columns: Column<Strike>[] = [
    { id: 'at', header: 'Given', value: (s) => s.at, cell: (s) => <Given strike={s} /> },
    {
      id: 'about',
      header: 'About',
      value: (s) => s.label,
      cell: (s) => (
        <>
          {s.label === null ? s.source : s.label.replaceAll('_', ' ')}
          {s.clause !== null && <span className="text-quiet"> · clause {s.clause}</span>}
        </>
      ),
    },
    {
      id: 'severity',
      header: 'Severity',
      wide: true,
      value: (s) => s.severity,
      cell: (s) => (
        <>
          {s.severity}
          {s.immediate && <span className="text-quiet"> · acts at once</span>}
        </>
      ),
    },
    {
      id: 'state',
      header: 'State',
      value: (s) => strikeState(s, now)[1],
      cell: (s) => <StateOfStrike strike={s} now={now} />,
    },
    { id: 'weight', header: 'Points', numeric: true, value: (s) => s.weight, cell: (s) => points(s.weight) },
    {
      id: 'expires',
      header: 'Runs out',
      numeric: true,
      wide: true,
      value: (s) => s.expiresAt,
      cell: (s) => (s.undone === null ? <When at={s.expiresAt} /> : <span className="text-quiet">–</span>),
    },
  ]
  return (
    <Section title="Strikes" note="a strike counts whole for half of its time, then less and less">
      <Table
        label="Strikes"
        exports={strikes.length > 5}
        rows={strikes}
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title="No strikes">
            One request that the policy refuses or cuts gives one strike, to the end user first. Test strings, canaries
            and what was only flagged give none.
          </EmptyState>
        }
      />
    </Section>
  )
}

function Given({ strike: { at, decisionId } }: { readonly strike: Strike }) {
  if (decisionId === null) return <When at={at} />
  return (
    <AppLink href={`/decisions/${decisionId}`} className={INLINE_LINK}>
      <When at={at} />
    </AppLink>
  )
}

function StateOfStrike({ strike, now }: { readonly strike: Strike; readonly now: number }) {
  const [state, words] = strikeState(strike, now)
  return (
    <StateMark state={state}>
      {words}
      {strike.undone !== null && (
        <span className="font-normal">
          {' '}
          by <Authority id={strike.undone.authority} />
        </span>
      )}
    </StateMark>
  )
}

/** What was seen over traffic, each with the numbers that fired it beside what they are held against. */
export function PatternList({ patterns }: { readonly patterns: readonly PatternFound[] }) {
  if (patterns.length === 0) return null
  return (
    <Section title="Patterns" note="for people to look at; none acts by itself unless the settings say so">
      <ul className="divide-y divide-line border-y border-line">
        {patterns.map(({ id, pattern, at, decisionId, observed, limits }) => (
          <li key={id} className="grid gap-x-6 gap-y-1 py-2 sm:grid-cols-[14rem_minmax(0,1fr)]">
            <div>
              <span className="font-medium">{PATTERNS[pattern]}</span>
              <span className="block text-quiet">
                <When at={at} /> ·{' '}
                <AppLink href={`/decisions/${decisionId}`} className={INLINE_LINK}>
                  the request
                </AppLink>
              </span>
            </div>
            <dl className="flex flex-wrap gap-x-6 gap-y-1">
              {Object.entries(observed).map(([name, value]) => (
                <div key={name}>
                  <dt className="text-xs text-quiet">{figureName(name)}</dt>
                  <dd>
                    {points(value)}
                    {limits[name] !== undefined && <span className="text-quiet"> against {points(limits[name])}</span>}
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** Who may be the same: a hint for people, never acted on alone. */
export function LinkList({ links }: { readonly links: EnforcementSubjectView['links'] }) {
  if (links.length === 0) return null
  return (
    <Section title="Linked subjects" note="hints; never acted on alone">
      <ul className="divide-y divide-line border-y border-line">
        {links.map(({ subject, signal }) => (
          <li key={`${subject.id} ${signal}`} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
            <span>
              <span className="text-quiet">{TYPES[subject.type]}</span> <SubjectLink subject={subject} />
            </span>
            <span className="text-quiet">{SIGNALS[signal]}</span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
