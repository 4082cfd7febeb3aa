import { useQuery } from '@tanstack/react-query'
import type { InsiderSettings } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Facts, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { WatchMark } from './insider-page.tsx'
import { LevelMark } from './marks.tsx'
import { settingsQuery, watchQuery } from './queries.ts'
import { LEVELS, nats, STEP_NAMES, STEPS } from './words.ts'

/** How the programme is set: read here, changed in the configuration, where it is reviewed like code. */
export function SettingsTab() {
  const { data: settings, error } = useQuery(settingsQuery)
  if (error !== null) return <ProblemNote problem={error} />
  if (settings === undefined)
    return (
      <div className="flex flex-col gap-3" aria-busy="true">
        <Skeleton className="w-64" />
        <Skeleton className="w-96 max-w-full" />
        <Skeleton className="w-80 max-w-full" />
      </div>
    )
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-6">
        <Watch settings={settings} />
        <Alerts settings={settings} />
      </div>
      <div className="flex min-w-0 flex-col gap-6">
        <Policy settings={settings} />
        <Kept settings={settings} />
        <Section title="To change it">
          <p className="text-quiet">
            All of this stands in the configuration, below <code>weights.insider</code>; it holds from the next start
            on.
          </p>
          <CopyText label="setting" text="weights: { insider: { alertsPerAnalyst: 5 } }" />
        </Section>
      </div>
    </div>
  )
}

interface Shown {
  readonly settings: InsiderSettings
}

function Watch({ settings }: Shown) {
  const { data: watching } = useQuery(watchQuery)
  return (
    <Section title="The watch">
      <Facts
        rows={[
          [
            'Now',
            watching === undefined ? (
              <Skeleton key="w" className="w-24" />
            ) : (
              <WatchMark key="w" watching={watching} isOn={settings.watch} />
            ),
          ],
          [
            'Not looked at yet',
            watching === undefined
              ? '…'
              : watching.lag === 0
                ? 'nothing'
                : `${count(watching.lag, 'entry', 'entries')} of the ledger`,
          ],
          [
            'Told to staff',
            <AppLink key="s" href="/watched" inline>
              what is watched, and what isn’t
            </AppLink>,
          ],
        ]}
      />
    </Section>
  )
}

function Alerts({ settings: { threshold, high, critical, ...rest } }: Shown) {
  const { alertsPerAnalyst, analysts, casesPerDay } = rest
  return (
    <Section title="Alerts and budget">
      <Facts
        rows={[
          ['An alert', `from ${nats(threshold)} nats of risk on`],
          ['High', `from ${nats(high)} on`],
          ['Critical', `from ${nats(critical)} on`],
          ['Certain', 'a touched decoy, whatever else is known'],
          [
            'Budget',
            `${count(casesPerDay, 'case')} a day: ${alertsPerAnalyst} for each of ${analysts} who work on them. What is beyond waits, the gravest first; certain and critical ones never wait.`,
          ],
        ]}
      />
    </Section>
  )
}

/** What is done by itself, by how grave an alert is. */
function Policy({ settings: { containment, mostContained } }: Shown) {
  return (
    <Section title="What is done at once" note="without anybody learning who it is">
      <table className="w-full border-collapse">
        <caption className="sr-only">What is done at once, by level</caption>
        <thead>
          <tr className="border-y border-line bg-sunken text-left text-xs text-quiet">
            <th scope="col" className="px-2 py-1 font-medium">
              Level
            </th>
            {STEPS.map((step) => (
              <th key={step} scope="col" className="px-2 py-1 font-medium">
                {STEP_NAMES[step]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {LEVELS.map((level) => (
            <tr key={level} className="border-b border-line">
              <th scope="row" className="px-2 py-1.5 text-left font-normal">
                <LevelMark level={level} />
              </th>
              {STEPS.map((step) => (
                <td key={step} className="px-2 py-1.5">
                  {containment[level].includes(step) ? (
                    <StateMark state="holds">yes</StateMark>
                  ) : (
                    <span className="text-quiet">no</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="text-quiet">
        To at most {count(mostContained, 'person', 'people')} an hour: beyond that only alarms are raised, so that a
        flood of them locks nobody out, and people decide.
      </p>
    </Section>
  )
}

function Kept({ settings: { activityDays, benignDays, caseDays } }: Shown) {
  return (
    <Section title="For how long it is kept">
      <Facts
        rows={[
          ['Grounds of alerts', `${count(activityDays, 'day')}, with imported activities`],
          [
            'Whom it was about',
            `${count(benignDays, 'day')} after a case in which nothing was found, ${caseDays} after others`,
          ],
        ]}
      />
    </Section>
  )
}
