import type { InsiderReplay } from '../../app/api/schema.ts'
import { TimeChart } from '../../components/chart/time-chart.tsx'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { points } from '../accounts/words.ts'
import { useCauseNames } from './queries.ts'
import { nats } from './words.ts'

interface ReplayOutcomeProps {
  readonly before: InsiderReplay
  readonly after: InsiderReplay
  /** Cases a day. */
  readonly budget: number
}

/** What a change comes to: alerts a day before and after, and of what. */
export function ReplayOutcome({ before, after, budget }: ReplayOutcomeProps) {
  if (before.activities === 0)
    return (
      <EmptyState title="Nothing was recorded in that time">
        A replay looks at what stands on the ledger and at what was imported: there is nothing of it yet.
      </EmptyState>
    )
  const beyond = after.perDay.filter(({ alerts }) => alerts > budget).length
  const times = before.perDay.map(({ day }) => `${day}T00:00:00Z`)
  const isSame = before === after
  return (
    <>
      <Section title="What it comes to">
        <p className="text-base">
          {isSame ? (
            <>
              {count(after.alerts, 'alert')} about {count(after.people, 'person', 'people')}:{' '}
              <strong>{points(after.alertsPerDay)} a day</strong>
            </>
          ) : (
            <>
              {points(before.alertsPerDay)} alerts a day before, <strong>{points(after.alertsPerDay)} after</strong>:{' '}
              {count(after.alerts, 'alert')} about {count(after.people, 'person', 'people')} rather than {before.alerts}{' '}
              about {count(before.people, 'person', 'people')}
            </>
          )}
        </p>
        <p>
          <StateMark state={beyond === 0 ? 'holds' : 'watch'}>
            {beyond === 0
              ? `within ${count(budget, 'case')} on each day`
              : `more than ${count(budget, 'case')} on ${count(beyond, 'day')} of ${after.perDay.length}`}
          </StateMark>
        </p>
        <TimeChart
          summary={`alerts a day: ${points(before.alertsPerDay)} with ${nats(before.threshold)} nats${isSame ? '' : `, ${points(after.alertsPerDay)} changed`}; ${budget} can be looked at`}
          times={times}
          series={[
            { name: 'as it is', values: before.perDay.map(({ alerts }) => alerts), look: 'ink' },
            ...(isSame
              ? []
              : [{ name: 'changed', values: after.perDay.map(({ alerts }) => alerts), look: 'accent' as const }]),
            { name: 'what you can look at', values: times.map(() => budget), look: 'watch' },
          ]}
        />
        <p className="max-w-prose text-quiet">
          Rests on {count(after.activities, 'activity', 'activities')} of the last {after.days} days and the 30 before,
          without your own. It begins without memory, so that somebody may look newer than they are.
          {after.truncated &&
            ' There was more than is looked at here: the newest is missing; use safelevel insider replay.'}{' '}
          How many of these alerts would have been right nobody can tell from it.
        </p>
      </Section>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]">
        <Section title="By level">
          <Table
            label="Alerts by level"
            exports={false}
            rows={after.byLevel.map(({ level, alerts }, i) => ({
              name: level,
              before: before.byLevel[i]?.alerts ?? 0,
              after: alerts,
            }))}
            columns={changeColumns('Level')}
            rowKey={({ name }) => name}
            empty={<p className="text-quiet">None.</p>}
          />
        </Section>
        <Section title="By reason" note="an alert has several">
          <ByCause before={before} after={after} />
        </Section>
      </div>
      {!isSame && after.threshold !== before.threshold && (
        <Section title="To set it" note="in the configuration; it holds from the next start on">
          <CopyText label="setting" text={`weights: { insider: { threshold: ${after.threshold} } }`} />
        </Section>
      )}
    </>
  )
}

interface Change {
  readonly name: string
  readonly before: number
  readonly after: number
}

const SHOWN = 15

function ByCause({ before, after }: Omit<ReplayOutcomeProps, 'budget'>) {
  const nameOf = useCauseNames()
  const then = new Map(after.byCause.map(({ cause, alerts }) => [cause, alerts]))
  const causes = [...new Set([...before.byCause, ...after.byCause].map(({ cause }) => cause))]
  const rows = causes
    .map((cause) => ({
      name: nameOf(cause),
      before: before.byCause.find((one) => one.cause === cause)?.alerts ?? 0,
      after: then.get(cause) ?? 0,
    }))
    .toSorted((a, b) => b.before + b.after - a.before - a.after)
    .slice(0, SHOWN)
  return (
    <Table
      label="Alerts by reason"
      exports={false}
      rows={rows}
      columns={changeColumns('Reason')}
      rowKey={({ name }) => name}
      empty={<p className="text-quiet">No alert, so no reasons.</p>}
    />
  )
}

function changeColumns(header: string): readonly Column<Change>[] {
  return [
    { id: 'name', header, cell: ({ name }) => name },
    { id: 'before', header: 'As it is', numeric: true, cell: ({ before }) => before },
    {
      id: 'after',
      header: 'Changed',
      numeric: true,
      cell: ({ before, after }) => (before === after ? after : <strong>{after}</strong>),
    },
  ]
}
