import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { AppLink } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Facts, Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { DrillBand } from './drill-band.tsx'
import { drillQuery } from './queries.ts'
import { PROCEDURES } from './words.ts'

/** What a rehearsal came to, step by step. */
export function DrillPage() {
  const { id } = useParams({ from: '/shell/incidents/drills/$id' })
  const { data: report } = useSuspenseQuery(drillQuery(id))
  const failed = report.rehearsals.flatMap(({ steps }) => steps).filter(({ ok }) => !ok).length
  return (
    <Page
      title={`Drill: ${report.model}`}
      summary={
        <>
          <StateMark state={report.ok ? 'holds' : 'fails'}>
            {report.ok ? 'it would have gone as it should' : `${count(failed, 'step')} would not have`}
          </StateMark>{' '}
          · filed <When at={report.filedAt} />
        </>
      }
    >
      <DrillBand />
      {report.rehearsals.map(({ procedure, ok, tookMs, steps }) => (
        <Section
          key={procedure}
          title={PROCEDURES[procedure]}
          note={`${tookMs.toLocaleString('en')} ms`}
          actions={<StateMark state={ok ? 'holds' : 'fails'}>{ok ? 'as it should' : 'not as it should'}</StateMark>}
        >
          <ol className="divide-y divide-line border-y border-line">
            {steps.map(({ title, ok: went, says }) => (
              <li key={title} className="grid gap-x-6 gap-y-0.5 py-2 md:grid-cols-2">
                <StateMark state={went ? 'holds' : 'fails'}>{title}</StateMark>
                <span className="text-quiet">{says}</span>
              </li>
            ))}
          </ol>
        </Section>
      ))}
      <Section title="About this drill">
        <Facts
          rows={[
            ['Reason', report.reason],
            [
              'Begun by',
              <>
                <PersonName id={report.filedBy} link /> · {exactly(report.startedAt)}
              </>,
            ],
            ...(report.incident === null
              ? []
              : [
                  [
                    'Incident',
                    <AppLink key="i" href={`/incidents/${report.incident}`} inline>
                      of the rehearsal
                    </AppLink>,
                  ] as const,
                ]),
            ['SHA-256', <Code key="d">{report.digest}</Code>],
            ['Identifier', <Code key="id">{report.id}</Code>],
          ]}
        />
      </Section>
      <History id={id} />
    </Page>
  )
}
