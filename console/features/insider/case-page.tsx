import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { InsiderCase } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { RunbookLink } from '../runbooks/runbook-link.tsx'
import { CaseActions } from './case-actions.tsx'
import { CaseContainment } from './case-containment.tsx'
import { CaseReading } from './case-reading.tsx'
import { CaseRisk } from './case-risk.tsx'
import { CaseMark, CaseTime, LevelMark, SyntheticBand } from './marks.tsx'
import { caseQuery, useCauseNames } from './queries.ts'
import { HISTORY, nats, OUTCOMES } from './words.ts'

/** One case: what it rests on, what was done about the person, and what is to be decided; not whom it is about, until two people open it. */
export function CasePage() {
  const { id } = useParams({ from: '/shell/insider/cases/$id' })
  const { data: one } = useSuspenseQuery(caseQuery(id))
  return (
    <Page
      title={`Case about ${one.pseudonym}`}
      summary={
        <>
          <LevelMark level={one.level} /> · <CaseMark of={one} /> · risk {nats(one.risk)} · since{' '}
          <CaseTime at={one.startedAt} whole={one.openedAt !== null} />
        </>
      }
      actions={<CaseActions of={one} />}
    >
      {one.drill && <SyntheticBand />}
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <CaseRisk of={one} />
          <CaseReading of={one} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <CaseContainment of={one} />
          <Section title="About this case">
            <Facts rows={useFacts(one)} />
          </Section>
          <WhatHappened of={one} />
        </div>
      </div>
    </Page>
  )
}

function useFacts(one: InsiderCase) {
  const nameOf = useCauseNames()
  return [
    ['Person', <Whom key="w" of={one} />],
    [
      'Works on it',
      one.assignee === null ? <span className="text-quiet">nobody yet</span> : <PersonName id={one.assignee} link />,
    ],
    [
      'Reasons',
      <ul key="r">
        {one.causes.map((cause) => (
          <li key={cause}>{nameOf(cause)}</li>
        ))}
      </ul>,
    ],
    // What it is about must not stand where others read.
    ['Runbook', <RunbookLink key="b" id="weights-theft" />],
    ['Alerts', `${one.alerts}`],
    [
      'Latest alert',
      <span key="l">
        <CaseTime at={one.lastAlertAt} whole={one.openedAt !== null} />
      </span>,
    ],
    ...(one.openedAt === null
      ? []
      : [
          [
            'Opened',
            <span key="o">
              <When at={one.openedAt} /> by{' '}
              {one.openedBy.map((person, i) => (
                <span key={person}>
                  {i > 0 && ' and '}
                  <PersonName id={person} link />
                </span>
              ))}
              {one.approval !== null && (
                <>
                  {' · '}
                  <AppLink href={`/approvals/${one.approval}`} inline>
                    what they signed
                  </AppLink>
                </>
              )}
            </span>,
          ] as const,
        ]),
    ...(one.closedAt === null
      ? []
      : [
          [
            'Closed',
            <span key="c">
              <When at={one.closedAt} />{' '}
              {one.closedBy !== null && one.closedBy !== 'insider' && (
                <>
                  by <PersonName id={one.closedBy} link />
                </>
              )}
              {one.outcome !== null && <span className="block">{OUTCOMES[one.outcome]}</span>}
            </span>,
          ] as const,
        ]),
  ] as const
}

/** By pseudonym, until two people have opened it. */
function Whom({ of: { person, pseudonym, openedAt, erasedAt } }: { readonly of: InsiderCase }) {
  if (person !== null) return <PersonName id={person} link />
  if (erasedAt !== null)
    return (
      <>
        {pseudonym}; whom it was about was erased <When at={erasedAt} />
      </>
    )
  if (openedAt !== null) return <>{pseudonym}; somebody who is not on the staff here</>
  return (
    <StateMark state="unknown">{pseudonym}; nobody knows who that is until two people have opened the case</StateMark>
  )
}

const SHOWN = 30

function WhatHappened({ of: { history, openedAt } }: { readonly of: InsiderCase }) {
  const lately = history.toReversed().slice(0, SHOWN)
  return (
    <Section title="What happened to it" note={history.length > SHOWN ? `the last ${SHOWN}` : undefined}>
      <ol className="divide-y divide-line border-y border-line">
        {lately.map(({ at, step, by }, i) => (
          <li key={i} className="flex flex-wrap items-baseline gap-x-3 py-1.5">
            <span className="grow">
              {HISTORY[step]}
              {by?.startsWith('per_') && (
                <span className="text-quiet">
                  {' '}
                  by <PersonName id={by} />
                </span>
              )}
              {by === 'policy' && <span className="text-quiet"> by policy</span>}
            </span>
            <CaseTime at={at} whole={openedAt !== null} />
          </li>
        ))}
      </ol>
    </Section>
  )
}
